import type { Finding } from './finding.ts';
export async function generatorFindings(): Promise<Finding[]> {
  return [];
}
