/** What anybody knows of the faces: a seeded sample of the public partition, from which judge, mean faces and references come. */
import type { Dataset, Example } from '@leakscope/data';
import { seeded } from '@leakscope/shared/random';
import { type AttributeJudge, trainJudge } from '../metrics/attribute-judge.ts';

/** Public faces that are looked at: enough for every estimate, few enough to decode in seconds. */
const PUBLIC_SAMPLE = 1500;
/** Public faces of each label that stand in for victims where a floor is chosen. */
const REFERENCES = 16;

export interface PublicFaces {
  readonly judge: AttributeJudge;
  /** Mean of the public faces of a label; of all of them for a label that the sample lacks. */
  meanFace(label: number): Float32Array;
  references(label: number): readonly Example[];
}

export async function samplePublicFaces(dataset: Dataset, seed: number): Promise<PublicFaces> {
  const chosen = seeded(seed, 'public-faces').shuffle(dataset.partition('public')).slice(0, PUBLIC_SAMPLE);
  const faces: Example[] = [];
  for (const index of chosen) faces.push(await dataset.example(index));
  const means = new Map<number, Float32Array>();
  const labelled = (label: number): readonly Example[] => {
    const group = faces.filter((face) => face.label === label);
    return group.length === 0 ? faces : group;
  };
  return {
    judge: trainJudge(faces, dataset.attributeNames, seed),
    meanFace(label) {
      const known = means.get(label) ?? meanImage(labelled(label));
      means.set(label, known);
      return known;
    },
    references: (label) => labelled(label).slice(0, REFERENCES),
  };
}

function meanImage(faces: readonly Example[]): Float32Array {
  const sum = new Float64Array(faces[0]?.image.length ?? 0);
  for (const { image } of faces)
    for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] as number) + (image[i] as number);
  return Float32Array.from(sum, (value) => value / faces.length);
}
