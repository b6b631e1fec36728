import { expect, it } from 'vitest';
import { parseAttributes, parsePartitions } from './celeba-lists.ts';

const ATTRIBUTES = '2\nMale Smiling \n000001.jpg -1  1\n000002.jpg  1 -1\n';

it('reads the original list and the CSV alike', () => {
  const text = parseAttributes(ATTRIBUTES, 'list_attr_celeba.txt');
  const csv = parseAttributes('image_id,Male,Smiling\r\n000001.jpg,-1,1\r\n000002.jpg,1,0\r\n', 'list_attr_celeba.csv');
  expect(text.names).toEqual(['Male', 'Smiling']);
  expect([...text.rows]).toEqual([
    ['000001.jpg', [false, true]],
    ['000002.jpg', [true, false]],
  ]);
  expect(csv).toEqual(text);
});

it.each([
  ['Male Smiling\n000001.jpg -1 1\n', 1, 'number of images'],
  ['2\nMale Smiling\n000001.jpg -1\n000002.jpg 1 1\n', 3, '1 values for 2 attributes'],
  ['2\nMale Smiling\n000001.jpg -1 1\n000002.jpg 1 yes\n', 4, 'Smiling is "yes"'],
  ['2\nMale Smiling\n000001.jpg -1 1\n000001.jpg 1 1\n', 4, 'listed twice'],
  ['3\nMale Smiling\n000001.jpg -1 1\n', 1, 'announces 3 images, and 1 follow'],
  ['0\nMale Smiling\n', 2, 'no image'],
  ['', 1, 'attribute names are missing'],
])('names the line that is wrong: %j', (text, line, reason) => {
  expect(() => parseAttributes(text, 'list_attr_celeba.txt')).toThrow(
    expect.objectContaining({
      code: 'DATA_LIST_INVALID',
      message: expect.stringMatching(new RegExp(`list_attr_celeba.txt:${line}: .*${reason}`)),
    }),
  );
});

it('reads partitions in both formats', () => {
  const expected = new Map([
    ['000001.jpg', 0],
    ['000002.jpg', 2],
  ]);
  expect(parsePartitions('000001.jpg 0\n000002.jpg 2\n', 'list_eval_partition.txt')).toEqual(expected);
  expect(parsePartitions('image_id,partition\n000001.jpg,0\n000002.jpg,2\n', 'list_eval_partition.csv')).toEqual(
    expected,
  );
});

it.each(['000001.jpg 0\n000002.jpg 3\n', '000001.jpg 0\n000002.jpg\n', '000001.jpg 0\n000002.jpg 1 1\n'])(
  'names the wrong partition line: %j',
  (text) => {
    expect(() => parsePartitions(text, 'list_eval_partition.txt')).toThrow(
      /list_eval_partition\.txt:2: expected an image/,
    );
  },
);
