/** The API's words about a field go on behind its name; where they stand alone they begin with a capital. */
export const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);
