import type { DocumentNode } from 'graphql';

/** Text of the documents that are kept, in characters; what is made of them takes some ten times as much memory. */
const charactersMax = 2_000_000;

/** Documents that were found to be valid, by their text; those that were not used for longest go first. */
export class DocumentCache {
  readonly #documents = new Map<string, DocumentNode>();
  #characters = 0;

  find(text: string): DocumentNode | null {
    const document = this.#documents.get(text);
    if (!document) return null;
    this.#documents.delete(text); // a Map keeps the order of insertion: now it is the youngest
    this.#documents.set(text, document);
    return document;
  }

  keep(text: string, document: DocumentNode): void {
    if (this.#documents.has(text)) return;
    this.#documents.set(text, document);
    this.#characters += text.length;
    for (const [oldest] of this.#documents) {
      if (this.#characters <= charactersMax) return;
      this.#documents.delete(oldest);
      this.#characters -= oldest.length;
    }
  }
}
