import { takeKey } from './session.ts';

interface DownloadOptions {
  signal: AbortSignal;
  /** How much has arrived, as often as some has. */
  onBytes(bytes: number): void;
}

/**
 * Saves what the server serves at this address of the API's, whatever its host is called there: a link alone could not send the key. Throws in
 * plain words where it breaks off, and then saves nothing.
 */
export async function download(address: string, { signal, onBytes }: DownloadOptions): Promise<void> {
  const { pathname, search } = new URL(address);
  const response = await fetch(pathname + search, { headers: { authorization: `Bearer ${takeKey()}` }, signal });
  if (!response.ok || !response.body) throw new Error(await refusalOf(response));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(response.body)) {
    pieces.push(piece);
    bytes += piece.byteLength;
    onBytes(bytes);
  }
  const type = response.headers.get('content-type') ?? '';
  save(new Blob(pieces, { type }), nameOf(response.headers.get('content-disposition') ?? ''));
}

/** Not every browser iterates over a stream by itself. */
async function* piecesOf(body: ReadableStream<Uint8Array<ArrayBuffer>>) {
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

async function refusalOf(response: Response): Promise<string> {
  const body = (await response.json().catch(() => null)) as { errors?: { message: string }[] } | null;
  return body?.errors?.[0]?.message ?? `The server answered HTTP ${response.status}.`;
}

/** The name that the server gives it. */
function nameOf(disposition: string): string {
  const full = /filename\*=UTF-8''([^;]+)/.exec(disposition)?.[1];
  return full ? decodeURIComponent(full) : 'sluice.csv';
}

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser may still be reading it
}
