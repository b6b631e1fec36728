export * from './ops.ts';
