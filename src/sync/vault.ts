import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** A 256-bit key and the id that is stored beside what it encrypted. */
export interface SecretKey {
  id: string;
  key: Buffer;
}

export interface Sealed {
  keyId: string;
  /** 12 bytes nonce, 16 bytes tag, ciphertext. */
  bytes: Buffer;
}

/** Encrypts credentials at rest. */
export interface Vault {
  /** Of the key that seals. */
  readonly keyId: string;
  /** `context` (whose credentials these are) must be the same at opening: a row copied to another integration can't be opened. */
  seal(plain: string, context: string): Sealed;
  /** Throws when the key is not configured any more or the bytes were tampered with or cut short; the message names the key id only. */
  open(sealed: Sealed, context: string): string;
}

/** AES-256-GCM. The first key encrypts, all decrypt, so that keys can be rotated. */
export function createVault(keys: readonly SecretKey[]): Vault {
  const [current] = keys;
  if (!current) throw new Error('SECRET_KEYS names no key');
  return {
    keyId: current.id,

    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(Buffer.from(context));
      const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return { keyId: current.id, bytes: Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]) };
    },
    open({ keyId, bytes }, context) {
      const found = keys.find((key) => key.id === keyId);
      if (!found) throw new Error(`credentials are encrypted with the key "${keyId}", which SECRET_KEYS does not name`);
      const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(context))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    },
  };
}
