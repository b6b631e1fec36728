/** What a synthetic face looks like: about seventy numbers, drawn so that they correlate as they do on photographs. */
import type { Random } from '@leakscope/shared/random';
import type { Colour, Pose } from './canvas.ts';
import { clamp01, mix } from './shapes.ts';

type HairColour = 'Black_Hair' | 'Brown_Hair' | 'Blond_Hair' | 'Gray_Hair' | 'Red_Hair';

/** Lengths are in half frames at scale 1, angles in radians; strengths run from 0 to 1. */
export interface Traits {
  readonly male: boolean;
  readonly young: boolean;
  readonly pose: Pose;
  /** How far the features slide over the head: the head turned (x) and nodding (y). */
  readonly turn: { readonly x: number; readonly y: number };
  readonly light: { readonly x: number; readonly y: number; readonly contrast: number; readonly colour: Colour };
  readonly backdrop: {
    readonly from: Colour;
    readonly to: Colour;
    readonly angle: number;
    readonly glowX: number;
    readonly glow: number;
  };
  readonly skin: { readonly colour: Colour; readonly pale: boolean; readonly blush: number };
  readonly head: { readonly width: number; readonly height: number; readonly jaw: number; readonly taper: number };
  readonly hair: {
    readonly colour: Colour;
    readonly name: HairColour;
    readonly bald: boolean;
    readonly long: boolean;
    /** Where long hair ends, below the middle of the face. */
    readonly length: number;
    readonly volume: number;
    /** Height of the forehead, as a share of the head's. */
    readonly line: number;
    readonly part: number;
    readonly bangs: boolean;
    readonly wave: number;
    readonly sheen: number;
    readonly phase: number;
  };
  readonly eyes: {
    readonly y: number;
    readonly spacing: number;
    readonly size: number;
    readonly open: number;
    readonly tilt: number;
    readonly iris: Colour;
    readonly lashes: number;
    readonly shadow: number;
    readonly gaze: number;
  };
  readonly brows: {
    readonly height: number;
    readonly thickness: number;
    readonly slope: number;
    readonly strength: number;
  };
  readonly nose: { readonly length: number; readonly width: number; readonly relief: number };
  readonly mouth: {
    readonly y: number;
    readonly width: number;
    readonly lips: number;
    readonly smile: number;
    readonly open: number;
    readonly colour: Colour;
    readonly lipstick: boolean;
  };
  readonly beard: { readonly chin: number; readonly moustache: number };
  readonly wrinkles: number;
  readonly glasses?: { readonly size: number; readonly round: number; readonly tint: number; readonly colour: Colour };
  readonly hat?: { readonly height: number; readonly brim: number; readonly colour: Colour };
  readonly earrings?: { readonly drop: number; readonly colour: Colour };
  readonly clothes: { readonly colour: Colour; readonly neckline: number; readonly shoulders: number };
}

const SKINS: readonly Colour[] = [
  [0.98, 0.85, 0.76],
  [0.93, 0.75, 0.62],
  [0.84, 0.63, 0.48],
  [0.67, 0.46, 0.33],
  [0.45, 0.3, 0.22],
];
const HAIRS: Readonly<Record<HairColour, readonly [Colour, Colour]>> = {
  Black_Hair: [
    [0.06, 0.05, 0.06],
    [0.13, 0.1, 0.09],
  ],
  Brown_Hair: [
    [0.24, 0.15, 0.09],
    [0.44, 0.29, 0.17],
  ],
  Blond_Hair: [
    [0.68, 0.51, 0.27],
    [0.92, 0.79, 0.52],
  ],
  Gray_Hair: [
    [0.5, 0.5, 0.52],
    [0.84, 0.84, 0.85],
  ],
  Red_Hair: [
    [0.45, 0.18, 0.07],
    [0.68, 0.32, 0.13],
  ],
};
const IRISES: readonly Colour[] = [
  [0.22, 0.12, 0.06],
  [0.35, 0.2, 0.09],
  [0.3, 0.38, 0.2],
  [0.3, 0.47, 0.66],
];

/** Draws the traits of one face. */
export function drawTraits(random: Random): Traits {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform();
  const chance = (p: number): boolean => random.uniform() < p;
  /** Around `middle`, two deviations at most, so that no face is a caricature. */
  const near = (middle: number, deviation: number): number =>
    middle + deviation * Math.max(-2, Math.min(2, random.normal()));
  const anyColour = (): Colour => [between(0.05, 0.95), between(0.05, 0.95), between(0.05, 0.95)];
  /** As rooms and streets are: seldom vivid. */
  const mutedColour = (): Colour => {
    const grey = between(0.12, 0.9);
    return mix([grey, grey, grey], anyColour(), between(0.1, 0.6));
  };

  const male = chance(0.42);
  const young = chance(male ? 0.65 : 0.82);
  const darkness = clamp01(near(0.3, 0.24));
  const place = darkness * (SKINS.length - 1);
  const step = Math.min(Math.trunc(place), SKINS.length - 2);
  const base = mix(SKINS[step] as Colour, SKINS[step + 1] as Colour, place - step);
  const skin: Colour = [base[0], base[1] * near(1, 0.02), base[2] * near(1, 0.04)];

  const name = pickHair(random, young, darkness);
  const hairColour = mix(...HAIRS[name], random.uniform());
  const bald = male && chance(young ? 0.06 : 0.3);
  const long = !bald && chance(male ? 0.06 : 0.84);
  const lipstick = !male && chance(0.65);
  const smiling = chance(male ? 0.4 : 0.54);
  const smile = smiling ? between(0.45, 1) : between(-0.3, 0.15);
  const open = chance(smiling ? 0.72 : 0.2) ? between(0.045, 0.12) : 0;
  const bearded = male && chance(0.42);
  const moustached = bearded ? chance(0.85) : male && chance(0.1);
  const natural = mix(skin, [0.72, 0.3, 0.3], 0.45);
  const painted: Colour = [between(0.6, 0.88), between(0.05, 0.3), between(0.12, 0.38)];
  const warmth = near(0, 0.04);
  const exposure = near(1, 0.07);
  const from = mutedColour();

  return {
    male,
    young,
    pose: { x: near(0, 0.035), y: near(0.1, 0.035), scale: near(1.2, 0.06), roll: near(0, 0.07) },
    turn: { x: near(0, 0.045), y: near(0, 0.02) },
    light: {
      x: near(0, 0.45),
      y: near(-0.35, 0.2),
      contrast: between(0.25, 0.62),
      colour: [exposure * (1 + warmth), exposure, exposure * (1 - warmth)],
    },
    backdrop: {
      from,
      to: mix(from, mutedColour(), between(0.2, 1)),
      angle: between(0, 2 * Math.PI),
      glowX: between(-1, 1),
      glow: between(-0.35, 0.35),
    },
    skin: { colour: skin, pale: darkness < 0.07, blush: male ? between(0, 0.25) : between(0, 0.8) },
    head: {
      width: male ? near(0.485, 0.022) : near(0.45, 0.022),
      height: male ? near(0.655, 0.025) : near(0.625, 0.025),
      jaw: clamp01(male ? near(0.72, 0.16) : near(0.25, 0.16)),
      taper: male ? near(0.1, 0.035) : near(0.2, 0.035),
    },
    hair: {
      colour: hairColour,
      name,
      bald,
      long,
      length: between(0.45, 1.3),
      volume: long ? between(0.06, 0.2) : between(0.03, 0.13),
      line: male && !young ? near(0.73, 0.05) : near(0.63, 0.06),
      part: near(0, 0.16),
      bangs: !bald && chance(male ? 0.08 : 0.25),
      wave: chance(male ? 0.15 : 0.45) ? between(0.5, 1) : between(0, 0.2),
      sheen: between(0.1, 0.6),
      phase: between(0, 2 * Math.PI),
    },
    eyes: {
      y: near(-0.08, 0.018),
      spacing: near(0.212, 0.012),
      size: male ? near(0.093, 0.008) : near(0.104, 0.008),
      open: smiling ? near(0.46, 0.07) : near(0.54, 0.08),
      tilt: near(0.04, 0.07),
      iris: IRISES[Math.min(random.int(4), darkness > 0.5 ? 1 : 3)] as Colour,
      lashes: male ? between(0.25, 0.5) : between(0.5, 1),
      shadow: male ? 0 : lipstick ? between(0.2, 0.9) : between(0, 0.25),
      gaze: near(0, 0.012),
    },
    brows: {
      height: near(0.15, 0.016),
      thickness: male ? near(0.034, 0.006) : near(0.022, 0.005),
      slope: near(-0.005, 0.02),
      strength: male ? between(0.65, 0.95) : between(0.4, 0.85),
    },
    nose: { length: near(0.25, 0.02), width: male ? near(0.1, 0.012) : near(0.084, 0.01), relief: between(0.25, 0.7) },
    mouth: {
      y: near(0.335, 0.015),
      width: near(0.155, 0.014) + 0.05 * Math.max(0, smile),
      lips: male ? near(0.03, 0.006) : near(0.042, 0.007),
      smile,
      open,
      colour: lipstick ? painted : natural,
      lipstick,
    },
    beard: {
      chin: bearded ? between(0.45, 0.95) : male ? between(0, 0.15) : 0,
      moustache: moustached ? between(0.5, 0.95) : 0,
    },
    wrinkles: young ? 0 : between(0.35, 1),
    ...(chance(male ? 0.16 : 0.08) && {
      glasses: {
        size: between(0.13, 0.17),
        round: random.uniform(),
        tint: chance(0.3) ? between(0.55, 0.92) : between(0, 0.08),
        colour: mix([0.05, 0.04, 0.05], anyColour(), between(0, 0.35)),
      },
    }),
    ...(chance(male ? 0.1 : 0.06) && {
      hat: { height: between(0.3, 0.55), brim: between(0, 0.22), colour: mix(anyColour(), mutedColour(), 0.4) },
    }),
    ...(!male &&
      chance(0.38) && {
        earrings: { drop: between(0.02, 0.12), colour: mix([0.95, 0.85, 0.5], [0.9, 0.92, 0.96], random.uniform()) },
      }),
    clothes: {
      colour: mix(anyColour(), mutedColour(), 0.5),
      neckline: between(0, 0.16),
      shoulders: male ? between(0.8, 1) : between(0.62, 0.85),
    },
  };
}

function pickHair(random: Random, young: boolean, darkness: number): HairColour {
  if (random.uniform() < (young ? 0.02 : 0.45)) return 'Gray_Hair';
  const fair = clamp01(1 - 2.2 * darkness);
  const weights: [HairColour, number][] = [
    ['Black_Hair', 0.25 + 0.9 * darkness],
    ['Brown_Hair', 0.3],
    ['Blond_Hair', 0.06 + 0.4 * fair],
    ['Red_Hair', 0.1 * fair],
  ];
  let left = random.uniform() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of weights) {
    left -= weight;
    if (left < 0) return name;
  }
  return 'Brown_Hair';
}

/** The attributes that the picture shows, under CelebA's names; a hat hides a bald head and bangs. */
export function shownAttributes(traits: Traits): Record<string, boolean> {
  const { hair, mouth, beard, hat } = traits;
  const coloured = (name: HairColour): boolean => hair.name === name && !(hair.bald && hat !== undefined);
  return {
    Bald: hair.bald && hat === undefined,
    Bangs: hair.bangs && hat === undefined,
    Black_Hair: coloured('Black_Hair'),
    Blond_Hair: coloured('Blond_Hair'),
    Brown_Hair: coloured('Brown_Hair'),
    Eyeglasses: traits.glasses !== undefined,
    Gray_Hair: coloured('Gray_Hair'),
    Heavy_Makeup: traits.eyes.shadow > 0.4,
    Long_Hair: hair.long,
    Male: traits.male,
    Mouth_Slightly_Open: mouth.open > 0,
    Mustache: beard.moustache > 0,
    No_Beard: beard.chin < 0.2,
    Pale_Skin: traits.skin.pale,
    Rosy_Cheeks: traits.skin.blush > 0.55,
    Smiling: mouth.smile > 0.3,
    Wavy_Hair: hair.wave >= 0.5 && !hair.bald,
    Wearing_Earrings: traits.earrings !== undefined,
    Wearing_Hat: hat !== undefined,
    Wearing_Lipstick: mouth.lipstick,
    Young: traits.young,
  };
}

/** Names of the attributes, as shownAttributes gives them. */
export const ATTRIBUTE_NAMES = [
  'Bald',
  'Bangs',
  'Black_Hair',
  'Blond_Hair',
  'Brown_Hair',
  'Eyeglasses',
  'Gray_Hair',
  'Heavy_Makeup',
  'Long_Hair',
  'Male',
  'Mouth_Slightly_Open',
  'Mustache',
  'No_Beard',
  'Pale_Skin',
  'Rosy_Cheeks',
  'Smiling',
  'Wavy_Hair',
  'Wearing_Earrings',
  'Wearing_Hat',
  'Wearing_Lipstick',
  'Young',
] as const;
