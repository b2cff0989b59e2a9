interface Named {
  firstName: string | null;
  lastName: string | null;
  email: string | null;
}

/** What a lead is called here. */
export const nameOf = ({ firstName, lastName, email }: Named): string =>
  [firstName, lastName].filter(Boolean).join(' ') || email || 'Somebody without a name';
