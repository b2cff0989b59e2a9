import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  Lexer,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { limitExceeded, limits } from './limits.ts';

/**
 * What can be refused before the parser sees the text, which recurses with every bracket. Null: nothing.
 * @throws GraphQLError for text that is not GraphQL
 */
export function exceededByText(text: string): GraphQLError | null {
  if (text.length > limits.documentBytes || Buffer.byteLength(text) > limits.documentBytes)
    return limitExceeded('documentBytes');
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  let nesting = 0;
  for (;;) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return null;
    tokens += 1;
    if (tokens > limits.tokens) return limitExceeded('tokens');
    if (opening.has(kind)) nesting += 1;
    else if (closing.has(kind)) nesting -= 1;
    if (nesting > limits.nesting) return limitExceeded('nesting');
  }
}

const opening: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<TokenKind> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/** What an operation asks for once its fragments are spread out, before anything is validated. Null: nothing is exceeded. */
export function exceededByDocument(document: DocumentNode): GraphQLError | null {
  const count = new DocumentCount(document);
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { aliases, directives } = count.selections(definition.selectionSet);
    if (aliases > limits.aliases) return limitExceeded('aliases');
    if (directives + (definition.directives?.length ?? 0) > limits.directives) return limitExceeded('directives');
  }
  return null;
}

interface Counts {
  aliases: number;
  directives: number;
}

/** Counts each fragment once, so that fragments that spread each other many times cost no time. */
class DocumentCount {
  readonly #fragments: Map<string, FragmentDefinitionNode>;
  readonly #counted = new Map<string, Counts>();

  constructor({ definitions }: DocumentNode) {
    const fragments = definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
    this.#fragments = new Map(fragments.map((fragment) => [fragment.name.value, fragment]));
  }

  selections(selectionSet: SelectionSetNode): Counts {
    const sum: Counts = { aliases: 0, directives: 0 };
    for (const selection of selectionSet.selections) {
      sum.directives += selection.directives?.length ?? 0;
      if (selection.kind === Kind.FIELD && selection.alias) sum.aliases += 1;
      if (selection.kind === Kind.FRAGMENT_SPREAD) add(sum, this.#fragment(selection.name.value));
      else if (selection.selectionSet) add(sum, this.selections(selection.selectionSet));
    }
    return sum;
  }

  #fragment(name: string): Counts {
    const counted = this.#counted.get(name);
    const fragment = this.#fragments.get(name);
    if (counted || !fragment) return counted ?? none;
    this.#counted.set(name, none); // a cycle ends here; validation refuses it
    const counts = this.selections(fragment.selectionSet);
    this.#counted.set(name, counts);
    return counts;
  }
}

const none: Counts = { aliases: 0, directives: 0 };

function add(sum: Counts, { aliases, directives }: Counts): void {
  sum.aliases += aliases;
  sum.directives += directives;
}
