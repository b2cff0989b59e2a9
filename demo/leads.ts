import type { Fields } from './api.ts';

/** An invented lead, and what becomes known of it some seconds later; null: nothing. */
export interface InventedLead {
  lead: Fields;
  later: Fields | null;
}

type Kind =
  | 'good'
  | 'enriched later'
  | 'edited later'
  | 'no e-mail'
  | 'unknown answer'
  | 'unknown industry'
  | 'too long';

/** How many of a hundred. */
const shares: readonly (readonly [Kind, number])[] = [
  ['enriched later', 15],
  ['edited later', 8],
  ['no e-mail', 3],
  ['unknown answer', 2],
  ['unknown industry', 2],
  ['too long', 1],
  ['good', 69],
];

const firstNames = [
  'Ada',
  'Björn',
  'Chiara',
  'Dmitri',
  'Esra',
  'Fatou',
  'Grace',
  'Hiro',
  'Inês',
  'Jamal',
  'Kaia',
  'Łukasz',
  'Mei',
  'Noor',
];
const lastNames = [
  'Almeida',
  'Brandt',
  'Costa',
  'Dąbrowski',
  'Eze',
  'Fischer',
  'García',
  'Haddad',
  'Ito',
  'Jensen',
  'Kaya',
  'Lindqvist',
  'Moreau',
];
const companies = [
  'Acme',
  'Contoso',
  'Globex',
  'Initech',
  'Northwind',
  'Stark & Partners',
  'Umbrella Health',
  'Wayne Works',
];
const titles = [
  'CEO',
  'Head of Demand Generation',
  'Field Marketing Manager',
  'Sales Engineer',
  'VP Marketing',
  'Student',
];
const industries = ['Software', 'Manufacturing', 'Healthcare', 'Finance', 'Education', 'Retail'];
const countries = ['United States', 'Germany', 'Japan', 'Brazil', 'Poland', 'Nigeria', 'Spain'];
const answers = ['Hot', 'Warm', 'Warm', 'Cold', 'Disqualified'];
const products = ['Gate', 'Stream', 'Weir', 'Lock & Key', 'Flow Monitor'];

/** `id` tells it from every other. Most are fine; some fail at the vendor, or before, each for a reason of its own. */
export function inventLead(id: string): InventedLead {
  const kind = pickKind();
  const email = `lead.${id}@example.com`;
  const lead: Fields = {
    externalId: `badge-${id}`,
    firstName: pick(firstNames),
    lastName: pick(lastNames),
    email: kind === 'no e-mail' ? null : email,
    company: kind === 'too long' ? 'Consolidated '.repeat(12).trim() : pick(companies),
    jobTitle: pick(titles),
    qualifiers: [
      { name: 'Lead Type', values: [kind === 'unknown answer' ? 'Lukewarm' : pick(answers)] },
      { name: 'Products', values: products.filter(() => Math.random() < 0.3) },
    ],
    attributes: [
      { name: 'Country', value: pick(countries) },
      { name: 'Industry', value: kind === 'unknown industry' ? 'Hydraulics' : pick(industries) },
    ],
  };
  if (kind === 'enriched later') {
    const { jobTitle, company, ...scanned } = lead;
    return { lead: { ...scanned, enriched: false }, later: { jobTitle, company, enriched: true } };
  }
  const note = {
    attributes: [{ name: 'Notes', value: 'Came back to the stand; wants a demo.' }],
    phone: '+1 555 0100',
  };
  return { lead, later: kind === 'edited later' ? note : null };
}

function pickKind(): Kind {
  let left = Math.random() * 100;
  for (const [kind, share] of shares) {
    left -= share;
    if (left < 0) return kind;
  }
  return 'good';
}

const pick = (values: readonly string[]): string => values[Math.floor(Math.random() * values.length)] ?? '';
