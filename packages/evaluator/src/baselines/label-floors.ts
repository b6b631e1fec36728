/** The floors of each label under one set of weights, made when a label first comes up. */
import type { Rendered, TrueFace } from '../metrics/compare.ts';
import type { ConfiguredMetric, ImageMetrics } from '../metrics/registry.ts';
import type { VictimFeatures } from '../metrics/victim-features.ts';
import type { OpenFloor } from './baseline.ts';
import { chooseFloor, type LabelFloor } from './floor.ts';
import type { PublicFaces } from './public-faces.ts';
import type { FloorName } from './registry.ts';

/** Images of a floor whose features are computed. */
const WITH_FEATURES = 48;

interface LabelFloorOptions {
  readonly floors: ReadonlyMap<FloorName, OpenFloor>;
  /** By which a floor is chosen; without them it is the first one. */
  readonly faces: PublicFaces | undefined;
  readonly features: VictimFeatures;
  /** Each of them takes a floor of its own choice. */
  readonly metrics: readonly ConfiguredMetric[];
  compare(candidate: Rendered, truth: TrueFace): ImageMetrics;
}

/** Null where no floor is open. */
export type LabelFloors = (label: number) => Promise<LabelFloor | null>;

export function createLabelFloors({ floors, faces, features, metrics, compare }: LabelFloorOptions): LabelFloors {
  const known = new Map<number, LabelFloor>();

  async function made(label: number): Promise<LabelFloor> {
    const images = new Map<FloorName, Rendered[]>();
    for (const [name, show] of floors) {
      const rendered: Rendered[] = [];
      for (const [k, image] of show(label).entries())
        rendered.push(k < WITH_FEATURES ? { image, features: await features.of(image) } : { image });
      images.set(name, rendered);
    }
    const references: TrueFace[] = [];
    for (const face of faces?.references(label) ?? [])
      references.push({ ...face, features: await features.of(face.image) });
    return chooseFloor(images, references, compare, metrics);
  }

  return async (label) => {
    if (floors.size === 0) return null;
    const floor = known.get(label) ?? (await made(label));
    known.set(label, floor);
    return floor;
  };
}
