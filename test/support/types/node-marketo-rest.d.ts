/** What of it the tests use; it comes without types. */
declare module 'node-marketo-rest' {
  interface Answer<Result> {
    success: boolean;
    result: Result[];
  }
  interface Written {
    id?: number;
    status: string;
    reasons?: { code: string; message: string }[];
  }
  // biome-ignore lint/style/noDefaultExport: as the package exports it
  export default class Marketo {
    constructor(options: {
      endpoint: string;
      identity: string;
      clientId: string;
      clientSecret: string;
      retry: { maxRetries: number; initialDelay: number; maxDelay: number };
    });
    getOAuthToken(): Promise<{ access_token: string }>;
    lead: {
      byId(id: number): Promise<Answer<Record<string, unknown>>>;
      find(
        filterType: string,
        values: string[],
        options?: { fields: string[] },
      ): Promise<Answer<Record<string, unknown>>>;
      createOrUpdate(input: object[], options?: { action?: string; lookupField?: string }): Promise<Answer<Written>>;
      describe(): Promise<Answer<{ dataType: string; rest?: { name: string; readOnly: boolean } }>>;
      partitions(): Promise<Answer<{ name: string }>>;
    };
    list: {
      find(options: { id: number[] }): Promise<Answer<{ id: number; name: string }>>;
      addLeadsToList(listId: number, ids: number[]): Promise<Answer<Written>>;
      removeLeadsFromList(listId: number, ids: number[]): Promise<Answer<Written>>;
      isMember(listId: number, ids: number[]): Promise<Answer<Written>>;
    };
    stats: { usage(): Promise<Answer<{ total: number }>> };
  }
}
