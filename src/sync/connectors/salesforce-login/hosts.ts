const production = 'https://login.salesforce.com';
const sandboxes = 'https://test.salesforce.com';

/** Where people sign in. */
export const hostOfSignIn = (sandbox: boolean): string => (sandbox ? sandboxes : production);

/** Not the My Domain of an org. */
export const isGeneralHost = (loginUrl: string): boolean => loginUrl === production || loginUrl === sandboxes;

/** The My Domain address where tokens are handed out, also where somebody copied the address of the pages of the same org. */
export const myDomainOf = (origin: string): string =>
  origin.replace(/\.(?:lightning\.force|my\.salesforce-setup)\.com$/, '.my.salesforce.com');
