/** Every baseline by name. A new one is a line here. */
import type { Ceiling, Floor, OpenCeiling, OpenFloor, Sources } from './baseline.ts';
import { ganInversion } from './gan-inversion.ts';
import { meanFace } from './mean-face.ts';
import { prior } from './prior.ts';

// Of two floors that are equally good the one that stands first is taken.
const FLOORS = [meanFace, prior] as const;
const CEILING = ganInversion;

/** Where a floor comes from. */
export type FloorName = (typeof FLOORS)[number]['name'];

/** The baselines that ship with Leakscope, in the order of tables and docs. */
export const BASELINES: readonly (Floor | Ceiling)[] = [...FLOORS, CEILING];

/** Parameters by a baseline's name; those of a baseline that is not named are its defaults. */
export type BaselineParams = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface OpenBaselines {
  readonly floors: ReadonlyMap<FloorName, OpenFloor>;
  /** Null where what it needs is not there. */
  readonly ceiling: OpenCeiling | null;
}

/** Opens each baseline whose sources are there. */
export async function openBaselines(
  sources: Partial<Sources>,
  params: BaselineParams,
  seed: number,
): Promise<OpenBaselines> {
  const isMet = ({ needs }: Floor | Ceiling) => needs.every((need) => sources[need] !== undefined);
  const paramsOf = (baseline: Floor | Ceiling) => baseline.params.parse(params[baseline.name] ?? {});
  const floors = new Map<FloorName, OpenFloor>();
  for (const floor of FLOORS as readonly Floor<FloorName>[]) {
    if (isMet(floor)) floors.set(floor.name, await floor.open(sources as Sources, paramsOf(floor), seed));
  }
  const ceiling: Ceiling = CEILING;
  return { floors, ceiling: isMet(ceiling) ? await ceiling.open(sources as Sources, paramsOf(ceiling), seed) : null };
}
