"""The benchmark's cases in PyTorch eager, for `leakscope bench --peer`. Optional: Leakscope itself needs no Python.

    python3 test/peer/pytorch.py --threads 2
    python3 test/peer/pytorch.py --device cuda

On a GPU too, products are float32's, as Leakscope's are; --tf32 lets PyTorch round their factors to 11 bits, as it does by itself.

Speaks the protocol of packages/bench/src/peer.ts. Networks are the ones of the GGL paper: ResNet-18 with a 3x3 or a 7x7
stem, and the 32x32 WGAN generator; random weights, as speed does not depend on them.
"""

import argparse
import json
import signal
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, into, out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.shortcut = nn.Sequential()
        if stride != 1 or into != out:
            self.shortcut = nn.Sequential(nn.Conv2d(into, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class ResNet18(nn.Module):
    def __init__(self, stem, classes):
        super().__init__()
        kernel, stride, padding = (3, 1, 1) if stem == "cifar" else (7, 2, 3)
        self.stem = nn.Conv2d(3, 64, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(64)
        self.pool = nn.Identity() if stem == "cifar" else nn.MaxPool2d(3, 2, 1)
        widths = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        self.blocks = nn.Sequential(*[b for i, o, s in widths for b in (Block(i, o, s), Block(o, o, 1))])
        self.fc = nn.Linear(512, classes)

    def forward(self, x):
        x = self.blocks(self.pool(F.relu(self.bn(self.stem(x)))))
        return self.fc(x.mean((2, 3)))


def generator():
    """z [N, 128] to images [N, 3, 32, 32]: a linear layer to 512x4x4 and three transposed convolutions."""

    def up(into, out):
        return [nn.ConvTranspose2d(into, out, 2, 2), nn.BatchNorm2d(out), nn.ReLU()]

    return nn.Sequential(
        nn.Linear(128, 8192), nn.BatchNorm1d(8192), nn.ReLU(), nn.Unflatten(1, (512, 4, 4)),
        *up(512, 256), *up(256, 128), nn.ConvTranspose2d(128, 3, 2, 2), nn.Tanh(),
    )  # fmt: skip


def matching(stem, variant, size, device):
    """At 32x32 through the generator, with two classes; larger images are searched themselves, with a thousand."""
    classes = 2 if size == 32 else 1000
    model, prior = ResNet18(stem, classes).eval().to(device), generator().eval().to(device)
    parameters = list(model.parameters())
    for p in prior.parameters():
        p.requires_grad_(False)
    label = torch.tensor([1], device=device)
    image = torch.tanh(torch.randn(1, 3, size, size, device=device))
    y = [g.detach() for g in torch.autograd.grad(F.cross_entropy(model(image), label), parameters)]
    masks = None
    if variant == "sparsified":
        masks = [(g.abs() >= g.abs().flatten().kthvalue(int(0.9 * (g.numel() - 1)) + 1).values).float() for g in y]
        y = [g * m for g, m in zip(y, masks)]

    def distance(z):
        loss = F.cross_entropy(model(prior(z) if size == 32 else z), label)
        gradient = torch.autograd.grad(loss, parameters, create_graph=variant != "value")
        if masks is not None:
            gradient = [g * m for g, m in zip(gradient, masks)]
        total = sum(((a - b) ** 2).sum() for a, b in zip(gradient, y))
        if size == 32:
            mean = z.mean(1)
            variance = ((z - mean[:, None]) ** 2).mean(1)
            total = total - 0.05 * (1 + torch.log(variance + 1e-10) - mean**2 - variance).sum()
        return total

    def draw():
        shape = (1, 128) if size == 32 else image.shape
        return torch.randn(*shape, device=device, requires_grad=variant != "value")

    def evaluate():
        z = draw()
        total = distance(z)
        if variant != "value":
            torch.autograd.grad(total, z)

    def audit(steps):
        z = draw()
        optimiser = torch.optim.Adam([z], lr=0.1)
        for _ in range(steps):
            (z.grad,) = torch.autograd.grad(distance(z), z)
            z.grad.sign_()
            optimiser.step()

    return evaluate, audit


def training(stem, batch, device):
    model = ResNet18(stem, 2).train().to(device)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    x = torch.tanh(torch.randn(batch, 3, 32, 32, device=device))
    label = torch.randint(0, 2, (batch,), device=device)

    def call():
        optimiser.zero_grad()
        F.cross_entropy(model(x), label).backward()
        optimiser.step()

    return call


def build(case, device):
    """The call of a case, or None. Eager code takes a population's candidates, and a round's updates, one by one: a call is one."""
    what, arch, *rest = case.split("/")
    stem = {"resnet18-cifar": "cifar", "resnet18-imagenet": "imagenet"}.get(arch)
    if stem is None:
        return None
    if what in ("matching", "population") and rest[1] in ("value+gradient", "value", "sparsified"):
        return matching(stem, rest[1], int(rest[0]), device)[0]
    if what == "audits":
        audit = matching(stem, "value+gradient", int(rest[0]), device)[1]
        return lambda: audit(int(rest[1].removesuffix("-steps")))
    if what == "training" and rest[1].startswith("batch"):
        return training(stem, int(rest[1].removeprefix("batch")), device)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2, help="of the CPU")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:1")
    parser.add_argument("--tf32", action="store_true", help="let a GPU round the factors of products")
    arguments = parser.parse_args()
    # Ctrl-C in the terminal of who asks ends this too, without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    # Where NNPACK does not know the processor, it would say so at each convolution.
    torch.backends.nnpack.set_flags(False)
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = arguments.tf32
    device = torch.device(arguments.device)
    on_gpu = device.type == "cuda"
    where = f"{torch.cuda.get_device_name(device)}, {'TF32' if arguments.tf32 else 'float32'}" if on_gpu else f"CPU, {arguments.threads} threads"
    # A GPU works on after a call has returned.
    finish = (lambda: torch.cuda.synchronize(device)) if on_gpu else (lambda: None)
    say = lambda answer: print(json.dumps(answer), flush=True)
    say({"name": f"PyTorch {torch.__version__} eager, {where}"})
    known = (None, None)
    for line in sys.stdin:
        question = json.loads(line)
        if question["case"] != known[0]:
            known = (question["case"], build(question["case"], device))
            # An audit is long enough to warm up in.
            if known[1] is not None and not question["case"].startswith("audits/"):
                for _ in range(2):
                    known[1]()
        times = []
        for _ in range(question["calls"] if known[1] is not None else 0):
            finish()
            start = time.perf_counter()
            known[1]()
            finish()
            times.append((time.perf_counter() - start) * 1e3)
        say({"ms": times})


main()
