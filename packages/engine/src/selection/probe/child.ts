/**
 * The process that a probe is: runs the chains on the executor named in its arguments and prints one line of JSON. With `--quick`
 * nothing is timed. Not imported by anything; `run.ts` starts it.
 */
import { shortReason } from '../../backends/onnx/runtime/errors.ts';
import { loadBinding } from '../../backends/tensorflow/addon.ts';
import { openSession } from '../../session.ts';
import { type Chain, chainOf } from './chain.ts';
import type { Kind, Probed, ProbeResult, Timing } from './result.ts';

/** Beyond rounding, which differs with the order of sums. */
const LARGEST_ERROR = 1e-3;
/** Timed calls, after two that compile kernels and fill caches. */
const CALLS = 5;
/** A device so slow that it is no choice is not measured to the end. */
const LONGEST_MS = 2_000;

interface Ran {
  readonly ms: number;
  readonly results: Readonly<Record<string, Float32Array>>;
}

async function runChain({ program, bound, state, inputs }: Chain, executor: Probed, calls: number): Promise<Ran> {
  const session = await openSession(program, { executor, bound, state });
  try {
    const start = performance.now();
    const kept = async (): Promise<Ran['results']> => (Object.keys(state).length > 0 ? await session.readState() : {});
    const results = { ...(await session.run(inputs)), ...(await kept()) };
    const slow = performance.now() - start > LONGEST_MS;
    if (calls > 0 && !slow) await session.run(inputs);
    const times: number[] = [];
    for (let spent = 0; times.length < calls && spent < LONGEST_MS; spent += times.at(-1) as number) {
      const before = performance.now();
      await session.run(inputs);
      times.push(performance.now() - before);
    }
    return { ms: Math.min(...times), results };
  } finally {
    await session.release();
  }
}

function relativeError(got: Ran['results'], want: Ran['results']): number {
  const errors = Object.entries(want).map(([name, values]) => {
    const other = got[name] ?? new Float32Array(values.length);
    const difference = Math.hypot(...values.map((value, i) => value - (other[i] as number)));
    return difference / Math.hypot(...values, 1e-12);
  });
  return Math.max(...errors);
}

async function tryChain(executor: Probed, kind: Kind, calls: number): Promise<Timing> {
  const chain = chainOf(kind);
  const cpu = await runChain(chain, 'onnx', calls);
  const own = await runChain(chain, executor, calls);
  const error = relativeError(own.results, cpu.results);
  if (!(error < LARGEST_ERROR)) {
    throw new Error(`it computes wrong numbers: ${kind} is off by ${error.toExponential(1)} of the CPU's values`);
  }
  return { own: own.ms, cpu: cpu.ms };
}

/** What can be said from inside of what computes; the caller knows a GPU's name better. */
function deviceOf(executor: Probed): string {
  if (executor !== 'tensorflow') return executor === 'onnx' ? 'CPU' : '';
  const binding = loadBinding();
  return `TensorFlow ${binding.TF_Version}, ${binding.isUsingGpuDevice() ? 'GPU' : 'CPU'}`;
}

async function probe(executor: Probed, quick: boolean): Promise<ProbeResult> {
  try {
    const calls = quick ? 0 : CALLS;
    const matching = await tryChain(executor, 'matching', calls);
    if (quick) return { works: true, device: deviceOf(executor), software: false };
    const training = await tryChain(executor, 'training', calls);
    const device = deviceOf(executor);
    return { works: true, device, software: false, timings: { matching, training } };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { works: false, reason: shortReason(cause) };
  }
}

const [executor, quick] = process.argv.slice(2);
process.stdout.write(`\n${JSON.stringify(await probe(executor as Probed, quick === '--quick'))}\n`);
