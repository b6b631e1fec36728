/** What doctor found out about one thing. */
export interface Finding {
  readonly name: string;
  /** missing: works without it, but slower or less; failed: leakscope does not work like this. */
  readonly status: 'ok' | 'missing' | 'failed';
  readonly detail: string;
  /** How to get what is missing. */
  readonly remedy?: string;
}

/** A line of a thrown thing that says why, without the stack. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0]?.slice(0, 300) ?? '';
}
