/** What a search minimises, as a function to call: ghost until candidates come close, explicit from there. */
import { type ExecutorChoice, openSession, type Session } from '@leakscope/engine';
import { globalNorm, type NamedTensors, valuesByName } from '@leakscope/shared/tensors';
import type { Evaluation } from '../search/optimisers/optimiser.ts';
import type { MatchingProblem } from './problem.ts';
import {
  type MatchingKnowledge,
  type MatchingOutputs,
  matchingProgram,
  matchingTensors,
  searchedInput,
} from './program.ts';
import { keptOf } from './rows.ts';

interface LossFunctionOptions {
  readonly problem: MatchingProblem;
  readonly knowledge: MatchingKnowledge;
  /** One-hot labels, [images, classes], for the whole population; absent where labels are searched. */
  readonly labels?: Float32Array;
  readonly executor?: ExecutorChoice;
  readonly threads?: number;
}

export interface LossFunction {
  /** Losses [population] and gradients at `points`, laid out as the program's input. */
  evaluate(points: Float32Array): Promise<Evaluation>;
  release(): Promise<void>;
}

type Outputs = Record<Exclude<keyof MatchingOutputs<unknown>, 'grad'>, Float32Array> & { grad?: Float32Array };

/** Opens the program's session: the model, the intercepted gradient and the prior are bound to it. */
export async function openLossFunction(options: LossFunctionOptions): Promise<LossFunction> {
  const { problem, knowledge, labels, executor, threads } = options;
  const { part: objective } = problem.objective;
  const input = searchedInput(problem);
  const { updates, rows } = knowledge;
  const compared = problem.rows && rows ? updates.map((y, i) => keptOf(y, rows[i] as NamedTensors)) : updates;
  const squaresOfY = compared.map((update) => globalNorm(update) ** 2);
  const open = (form: MatchingProblem['form']): Promise<Session> => {
    const chosen = form === undefined ? problem : { ...problem, form };
    return openSession(matchingProgram(chosen), {
      bound: valuesByName(matchingTensors(chosen, knowledge)),
      ...(executor === undefined ? {} : { executor }),
      ...(threads === undefined ? {} : { threads }),
    });
  };
  let session = await open(problem.form);
  let exact = problem.form === 'explicit' || objective.cancels === undefined;

  const run = async (points: Float32Array) =>
    (await session.run({ [input]: points, ...(labels && { label: labels }) })) as Outputs;

  /** Whether some candidate's distance has cancelled. */
  const close = ({ match, g_sq, g_dot_y }: Outputs): boolean =>
    match.some((value, i) =>
      objective.cancels?.({
        match: value,
        square: g_sq[i] as number,
        dot: g_dot_y[i] as number,
        target: squaresOfY[Math.floor((i * squaresOfY.length) / match.length)] as number,
      }),
    );

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
