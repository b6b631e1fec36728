/** The name of the GPU that a probe ran on. ONNX Runtime does not report it; the driver's loader or the system does. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

interface Adapter {
  readonly name: string;
  readonly software: boolean;
}

/** Names of drivers that imitate a GPU on the CPU. */
const SOFTWARE = /llvmpipe|lavapipe|softpipe|swiftshader|basic render|basic display|\bwarp\b|software|paravirtual/i;

export const adapterNamed = (name: string): Adapter => ({ name, software: SOFTWARE.test(name) });

/** Variables that make Vulkan's loader say on stderr which device it opens. */
export const TELLING_ENVIRONMENT = { VK_LOADER_DEBUG: 'driver' } as const;

/** The device that a process with `TELLING_ENVIRONMENT` opened, from its stderr. */
export function adapterInLog(stderr: string): Adapter | undefined {
  const [, name, driver = ''] = /Using "([^"]+)" with driver: "([^"]*)"/.exec(stderr) ?? [];
  return name === undefined ? undefined : { name, software: SOFTWARE.test(name) || SOFTWARE.test(driver) };
}

/** The model of the first NVIDIA GPU and the version of its driver, on Linux. */
export function nvidiaAdapter(root = '/proc/driver/nvidia'): Adapter | undefined {
  try {
    const [gpu = ''] = readdirSync(`${root}/gpus`);
    const model = /^Model:\s*(.+)$/m.exec(readFileSync(`${root}/gpus/${gpu}/information`, 'utf8'))?.[1];
    const driver = /\s(\d+\.\d+(?:\.\d+)?)\s/.exec(readFileSync(`${root}/version`, 'utf8'))?.[1];
    return model === undefined ? undefined : adapterNamed(driver === undefined ? model : `${model}, driver ${driver}`);
  } catch {
    return undefined;
  }
}

/** Programs that name the graphics adapters where there is no Vulkan, and how their answer is read. */
const ASKED: Readonly<Record<string, { command: string; args: readonly string[] }>> = {
  darwin: { command: 'system_profiler', args: ['SPDisplaysDataType'] },
  win32: {
    command: 'powershell',
    args: ['-NoProfile', '-Command', '(Get-CimInstance Win32_VideoController).Name'],
  },
};

/** The best adapter in the answer of a system's own program: a real one before an imitated one. */
export function adapterInAnswer(platform: string, answer: string): Adapter | undefined {
  const names =
    platform === 'darwin'
      ? [...answer.matchAll(/^\s*Chipset Model:\s*(.+)$/gm)].map(([, name = '']) => name.trim())
      : answer.split(/\r?\n/).map((line) => line.trim());
  const adapters = names.filter((name) => name !== '').map(adapterNamed);
  return adapters.find(({ software }) => !software) ?? adapters[0];
}

/** The name of the adapter that WebGPU takes on macOS and Windows; undefined where the system does not tell. */
export async function askedAdapter(platform: string = process.platform): Promise<Adapter | undefined> {
  const asked = ASKED[platform];
  if (asked === undefined) return undefined;
  try {
    const { stdout } = await promisify(execFile)(asked.command, asked.args, { timeout: 20_000 });
    return adapterInAnswer(platform, stdout);
  } catch {
    return undefined;
  }
}
