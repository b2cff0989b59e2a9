import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createVault } from '../../src/sync/vault.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const plain = '{"clientSecret":"sésame"}';
const context = 'org-1/integration-1';

/** What the call throws, as text. */
function refusalOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String(error);
  }
  throw new Error('was not refused');
}

test('what was sealed opens to the same text, an empty one too', () => {
  const vault = createVault([key('k1')]);
  for (const text of [plain, '', 'x'.repeat(100_000)])
    expect(vault.open(vault.seal(text, context), context)).toBe(text);
});

test('the sealed bytes do not show the text, and the same text is sealed differently every time', () => {
  const vault = createVault([key('k1')]);
  const [one, another] = [vault.seal(plain, context), vault.seal(plain, context)];
  expect(one.bytes.includes('clientSecret')).toBe(false);
  expect(one.bytes.equals(another.bytes)).toBe(false);
  expect(one.bytes.subarray(0, 12).equals(another.bytes.subarray(0, 12))).toBe(false);
});

test('credentials copied to another integration can’t be opened there', () => {
  const vault = createVault([key('k1')]);
  const sealed = vault.seal(plain, context);
  expect(refusalOf(() => vault.open(sealed, 'org-1/integration-2'))).not.toContain('sésame');
});

test('bytes that were tampered with are refused, whichever byte it was', () => {
  const vault = createVault([key('k1')]);
  const { keyId, bytes } = vault.seal('secret', context);
  for (let index = 0; index < bytes.length; index += 1) {
    const tampered = Buffer.from(bytes);
    tampered[index] = (tampered[index] ?? 0) ^ 1;
    expect(refusalOf(() => vault.open({ keyId, bytes: tampered }, context))).not.toContain('secret');
  }
});

test('bytes that were cut short are refused', () => {
  const vault = createVault([key('k1')]);
  for (const text of ['secret', '']) {
    const { keyId, bytes } = vault.seal(text, context); // of the empty text, a cut leaves the beginning of a valid tag
    for (let length = 0; length < bytes.length; length += 1)
      expect(() => vault.open({ keyId, bytes: bytes.subarray(0, length) }, context), `${length} bytes`).toThrow();
  }
});

test('after a rotation the new key seals, and what the old one sealed still opens', () => {
  const [before, after] = [key('k1'), key('k2')];
  const sealedBefore = createVault([before]).seal(plain, context);
  const rotated = createVault([after, before]);
  expect(rotated.open(sealedBefore, context)).toBe(plain);
  expect(rotated.seal(plain, context).keyId).toBe('k2');
  expect(createVault([after]).open(rotated.seal(plain, context), context)).toBe(plain);
});

test('credentials of a key that is not configured any more are refused by the key’s name alone', () => {
  const sealed = createVault([key('k1')]).seal(plain, context);
  const k2 = key('k2');
  const refusal = refusalOf(() => createVault([k2]).open(sealed, context));
  expect(refusal).toContain('"k1"');
  for (const secret of [plain, k2.key.toString('hex'), k2.key.toString('base64')])
    expect(refusal).not.toContain(secret);
});

test('another key under the same name opens nothing', () => {
  const sealed = createVault([key('k1')]).seal(plain, context);
  expect(() => createVault([key('k1')]).open(sealed, context)).toThrow();
});

test('a vault without a key is refused when it is made, not when it is needed', () => {
  expect(() => createVault([])).toThrow('SECRET_KEYS');
});
