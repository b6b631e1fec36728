/** `writeReport`: report.html, leaks.csv and comparison.json of one run, or of several side by side. */
import { join } from 'node:path';
import { writeFileAtomically } from '@leakscope/shared/atomic';
import { toCsv } from '@leakscope/store';
import { type ComparisonReport, comparisonOf } from './comparison/comparison.ts';
import { renderPage } from './page/page.ts';
import { loadRun } from './run/load.ts';
import type { RunReport } from './run/model.ts';

export interface WrittenReport {
  readonly page: string;
  readonly table: string;
  readonly reports: readonly RunReport[];
  readonly comparison: ComparisonReport;
}

/** Of all runs together, before base64 makes them a third larger: a page of 5 MB can be mailed. */
const PICTURE_BYTES = 3_000_000;

/** Writes into the folder `out`. Throws STORE_RUN_MISSING where a folder holds no run. */
export async function writeReport(runDirs: readonly string[], out: string): Promise<WrittenReport> {
  const loaded = await Promise.all(runDirs.map((folder) => loadRun(folder, PICTURE_BYTES / runDirs.length)));
  const reports = named(loaded.map(({ report }) => report));
  const comparison = comparisonOf(
    reports.map(({ name, rounds }, i) => {
      const { experiment, records } = loaded[i] as (typeof loaded)[number];
      return { name, rounds, experiment, records };
    }),
  );
  const page = join(out, 'report.html');
  const table = join(out, 'leaks.csv');
  const rows = loaded.flatMap(({ records }, i) =>
    records.map(({ times: _times, ...record }) => (loaded.length > 1 ? { run: reports[i]?.name, ...record } : record)),
  );
  await writeFileAtomically(page, renderPage(reports, comparison));
  await writeFileAtomically(table, toCsv(rows));
  await writeFileAtomically(join(out, 'comparison.json'), `${JSON.stringify(comparison, null, 2)}\n`);
  return { page, table, reports, comparison };
}

/** Runs of one experiment are told apart by their folders. */
function named(reports: readonly RunReport[]): RunReport[] {
  const names = reports.map(({ name }) => name);
  return reports.map((report) =>
    names.filter((name) => name === report.name).length > 1
      ? { ...report, name: `${report.name} (${report.folder})` }
      : report,
  );
}
