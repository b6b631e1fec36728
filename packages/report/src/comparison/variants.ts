/** In what several runs differ: the keys of their experiments with unlike values, and each run's values as a short name. */
import type { Experiment } from '@leakscope/shared/config';
import { canonicalJson } from '@leakscope/shared/json';
import { formatPlugins } from '@leakscope/shared/plugin';

interface NamedExperiment {
  /** The run's; a variant that would be too long a text is called so. */
  readonly name: string;
  readonly experiment: Experiment;
}

export interface Variants {
  /** Keys of the experiment, as `defense` or `attack.steps`; the seed and the name are none. */
  readonly keys: readonly string[];
  /** One a run: `noise:sigma=0.1` where the defence alone differs, else `attack.steps=500, ...`; equal for runs that differ by the seed alone. */
  readonly names: readonly string[];
}

const LONGEST_NAME = 60;

export function variantsOf(runs: readonly NamedExperiment[]): Variants {
  const settings = runs.map(({ experiment }) => new Map(settingsOf(experiment)));
  const every = new Set(settings.flatMap((own) => [...own.keys()]));
  const keys = [...every].filter((key) => new Set(settings.map((own) => own.get(key))).size > 1);
  const names = runs.map(({ name }, i) => {
    const text = keys
      .map((key) => {
        const value = settings[i]?.get(key) ?? '–';
        return key === 'defense' ? value : `${key}=${value}`;
      })
      .join(', ');
    return text.length > LONGEST_NAME ? name : text;
  });
  const identity = runs.map(({ experiment }, i) => JSON.stringify([names[i], experiment.seed]));
  return {
    keys,
    // The same experiment, run twice.
    names: names.map((name, i) =>
      identity.indexOf(identity[i] as string) === identity.lastIndexOf(identity[i] as string)
        ? name
        : [name, runs[i]?.name].filter(Boolean).join(', '),
    ),
  };
}

type Entry = readonly [key: string, value: string];

/** Every key with its value as text. A key of training is a stage's only where the stage has its own; clients of one defence have it in common. */
function settingsOf({ name: _name, seed: _seed, clients, attacks, stages, ...rest }: Experiment): Entry[] {
  const common = rest.training as Readonly<Record<string, unknown>>;
  const defences = new Set(clients.map(({ defense }) => formatPlugins(defense)));
  return [
    ...(defences.size === 1 ? [['defense', [...defences][0] as string] as const] : []),
    ...entriesOf('', rest),
    ...stages.flatMap(({ name, training, ...stage }) => [
      ...entriesOf(name, stage),
      ...entriesOf(
        name,
        Object.fromEntries(
          Object.entries(training).filter(([key, value]) => canonicalJson(value) !== canonicalJson(common[key])),
        ),
      ),
    ]),
    ...clients.flatMap(({ id, defense, ...client }) => [
      ...entriesOf(id, client),
      ...(defences.size === 1 ? [] : [[`${id}.defense`, formatPlugins(defense)] as const]),
    ]),
    ...attacks.flatMap((attack, i) => entriesOf(attacks.length === 1 ? 'attack' : `attacks.${i}`, attack)),
  ];
}

/** The leaves below `path`. Parameters of a plug-in stand beside its name, as a person writes them. */
function entriesOf(path: string, value: unknown): Entry[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, typeof value === 'string' ? value : canonicalJson(value ?? null)]];
  }
  return Object.entries(value).flatMap(([key, below]) =>
    entriesOf(key === 'params' ? path : path === '' ? key : `${path}.${key}`, below),
  );
}
