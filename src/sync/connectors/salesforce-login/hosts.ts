const production = 'https://login.salesforce.com';
const sandboxes = 'https://test.salesforce.com';

/** Where people sign in. */
export const hostOfSignIn = (sandbox: boolean): string => (sandbox ? sandboxes : production);

/** Not the My Domain of an org. */
export const isGeneralHost = (loginUrl: string): boolean => loginUrl === production || loginUrl === sandboxes;
