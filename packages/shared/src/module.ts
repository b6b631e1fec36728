/** A user's own module: named by path, given a kit, held to its kind's contract, and answerable for its faults. */
export { type ConformanceCase, type ConformanceSuite, casesOf } from './module/conformance.ts';
export type { Contract } from './module/guard.ts';
export { DEFINERS, defined, type ModuleKind } from './module/kind.ts';
export { guardDefined, importModule, type LoadedModule, loadedModules } from './module/load.ts';
export { programName, type Registered, type Registry, registry, type UnknownName } from './module/registry.ts';
export { isModulePath, type ModuleSource, placeOfPart } from './module/source.ts';
