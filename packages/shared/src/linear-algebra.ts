/** Linear algebra of small dense matrices, row by row in Float64Array. It uses + - * / and sqrt alone, so that every machine gives the same bits. */
export { cholesky, inverseFrom, solveLower, solveLowerTransposed, solvePositive } from './linear-algebra/cholesky.ts';
export { addOuter, addScaled, gram, identity, norm, product, squareOf } from './linear-algebra/dense.ts';
export { squareRoot } from './linear-algebra/square-root.ts';
export { symmetricEigen } from './linear-algebra/symmetric-eigen.ts';
