/** The loops over values. Each stands by itself: a function that several operations share takes ten times as long a value. */

/** Writes each value of the result. */
export type Loop = (to: Float32Array, a: Float32Array, b: Float32Array) => void;

export const loops = {
  add: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) + (b[i] as number);
  },
  divide: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) / (b[i] as number);
  },
  multiply: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) * (b[i] as number);
  },
  invert: (to, a) => {
    for (let i = 0; i < to.length; i++) to[i] = 1 / (a[i] as number);
  },
  root: (to, a) => {
    for (let i = 0; i < to.length; i++) to[i] = Math.sqrt(a[i] as number);
  },
  subtract: (to, a, b) => {
    for (let i = 0; i < to.length; i++) to[i] = (a[i] as number) - (b[i] as number);
  },
} satisfies Record<string, Loop>;
