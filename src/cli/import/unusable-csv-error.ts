/** The file as a whole can't be imported. The message goes on where "FILE " ends, and says nothing of its contents. */
export class UnusableCsvError extends Error {}
