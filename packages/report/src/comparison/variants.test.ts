import { parseExperiment } from '@leakscope/shared/config';
import { expect, it } from 'vitest';
import { variantsOf } from './variants.ts';

const TEXT = `
stages: [{ name: untrained, rounds: 1, serverLearningRate: 0 }, { name: trained, rounds: 1 }]
clients: [{ id: a, defense: none }, { id: b, defense: none }]
attack: { name: ggl, steps: 5 }
`;
const run = (name: string, ...set: string[]) => ({ name, experiment: parseExperiment(TEXT, { set }) });
const defended = (name: string, defense: string, ...set: string[]) =>
  run(name, `clients.0.defense=${defense}`, `clients.1.defense=${defense}`, ...set);

it('one defence for all clients is called by itself, and the seed makes no variant', () => {
  const runs = [defended('1', 'none'), defended('2', 'noise:sigma=0.1'), defended('3', 'none', 'seed=8')];
  expect(variantsOf(runs)).toEqual({ keys: ['defense'], names: ['none', 'noise:sigma=0.1', 'none'] });
});

it('other keys are named as one writes them: training once for all stages, the attack without params', () => {
  const runs = [run('1'), run('2', 'training.learningRate=0.5', 'attack.steps=9')];
  expect(variantsOf(runs)).toEqual({
    keys: ['training.learningRate', 'attack.steps'],
    names: ['training.learningRate=0.01, attack.steps=5', 'training.learningRate=0.5, attack.steps=9'],
  });
});

it('a stage or a client that differs alone is named', () => {
  expect(variantsOf([run('1'), run('2', 'stages.0.batchSize=4')]).keys).toEqual(['untrained.batchSize']);
  const { keys, names } = variantsOf([
    run('1', 'clients.1.defense=clip:bound=1'),
    run('2', 'clients.1.defense=soteria'),
  ]);
  expect(keys).toEqual(['b.defense']);
  expect(names).toEqual(['b.defense=clip:bound=1', 'b.defense=soteria']);
});

it('the same experiment run twice goes by the names of its runs, and so does what would be too long', () => {
  expect(variantsOf([run('x'), run('y')]).names).toEqual(['x', 'y']);
  expect(variantsOf([run('x')]).names).toEqual(['']);
  const long = 'clip:bound=4,scope=layer+noise:sigma=0.1+sparsify:fraction=0.9+soteria:fraction=0.8';
  expect(variantsOf([defended('x', 'none'), defended('y', long)]).names).toEqual(['none', 'y']);
});
