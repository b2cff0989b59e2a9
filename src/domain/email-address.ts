const address = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/;

/** Whether it is one address, without a name or brackets: what HTML takes for one. */
export function isEmailAddress(text: string): boolean {
  return text.length <= 254 && address.test(text);
}
