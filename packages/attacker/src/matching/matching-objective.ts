/** The matching loss of a population as a function to call: ghost until candidates come close, explicit from there. */
import { type ExecutorChoice, openSession, type Session } from '@leakscope/engine';
import { globalNorm, valuesByName } from '@leakscope/shared/tensors';
import type { Evaluation } from '../search/optimisers/optimiser.ts';
import type { MatchingProblem } from './problem.ts';
import {
  type MatchingKnowledge,
  type MatchingOutputs,
  matchingProgram,
  matchingTensors,
  searchedInput,
} from './program.ts';

export interface ObjectiveOptions {
  readonly problem: MatchingProblem;
  readonly knowledge: MatchingKnowledge;
  /** One-hot labels, [images × classes], for the whole population. */
  readonly labels: Float32Array;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

export interface MatchingObjective {
  /** Losses [population] and gradients at `points`, laid out as the program's input. */
  evaluate(points: Float32Array): Promise<Evaluation>;
  release(): Promise<void>;
}

/**
 * Below this share of ‖g‖² + ‖y‖² the ghost form's ‖g‖² − 2⟨g, y⟩ + ‖y‖² has cancelled to a few float32 digits.
 */
const CANCELLATION = 1e-3;

type Outputs = Record<Exclude<keyof MatchingOutputs<unknown>, 'grad'>, Float32Array> & { grad?: Float32Array };

/** Opens the program's session: the model, the intercepted gradient and the prior are bound to it. */
export async function openObjective(options: ObjectiveOptions): Promise<MatchingObjective> {
  const { problem, knowledge, labels, executor, threads } = options;
  const input = searchedInput(problem);
  const squaresOfY = knowledge.updates.map((update) => globalNorm(update) ** 2);
  const open = (form: MatchingProblem['form']): Promise<Session> => {
    const chosen = form === undefined ? problem : { ...problem, form };
    return openSession(matchingProgram(chosen), {
      bound: valuesByName(matchingTensors(chosen, knowledge)),
      ...(executor === undefined ? {} : { executor }),
      ...(threads === undefined ? {} : { threads }),
    });
  };
  let session = await open(problem.form);
  let exact = problem.form === 'explicit' || problem.loss === 'cosine';

  const run = async (points: Float32Array) => (await session.run({ [input]: points, label: labels })) as Outputs;

  /** Whether some candidate's distance has cancelled; computed anew, because `match` may be a mean over tensors. */
  const close = ({ g_sq, g_dot_y }: Outputs): boolean =>
    g_sq.some((square, i) => {
      const squareOfY = squaresOfY[Math.floor((i * squaresOfY.length) / g_sq.length)] as number;
      return square - 2 * (g_dot_y[i] as number) + squareOfY < CANCELLATION * (square + squareOfY);
    });

  return {
    async evaluate(points) {
      let outputs = await run(points);
      if (!exact && close(outputs)) {
        // Once close, a descent stays close: the explicit session replaces the other for good.
        await session.release();
        session = await open('explicit');
        exact = true;
        outputs = await run(points);
      }
      return { losses: outputs.loss, gradient: outputs.grad ?? new Float32Array() };
    },
    release: () => session.release(),
  };
}
