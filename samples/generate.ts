import { writeFileSync } from 'node:fs';

/**
 * The sample file for the import: some five hundred invented leads of one event, the same on every run, with all that real files
 * have: accents and other scripts, missing e-mail addresses, repeats, values that a vendor's picklist or length limit refuses.
 * `node samples/generate.ts` writes samples/leads.csv.
 */
export function generateLeads(): string {
  const random = seeded(20_260_514);
  const rows = Array.from({ length: 480 }, (_, index) => person(random, index));
  // The same row twice: one lead.
  for (const index of [3, 57, 58, 120, 199, 250, 301, 377, 420, 444]) rows.push([...(rows[index] ?? [])]);
  // The same person scanned again with another note: another lead with the same e-mail address.
  for (const index of [10, 41, 99, 160, 222, 260, 305, 340, 399, 460]) {
    const again = [...(rows[index] ?? [])];
    again[6] = scannedAt(random, 2);
    again[9] = 'Came back on the last day.';
    rows.push(again);
  }
  return [header, ...rows].map((row) => `${row.map(quoted).join(',')}\r\n`).join('');
}

const header = [
  'First Name',
  'Last Name',
  'Email',
  'Company',
  'Job Title',
  'Phone',
  'Captured At',
  'Country',
  'Industry',
  'Notes',
  'qualifier:Lead Type',
  'qualifier:Products',
];

type Random = () => number;

/** Mulberry32: small, and the same numbers everywhere. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function pick<Value>(random: Random, values: readonly [Value, ...Value[]]): Value {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

interface Origin {
  country: string;
  phone: string;
  first: readonly [string, ...string[]];
  last: readonly [string, ...string[]];
}

// biome-ignore format: a table
const origins: readonly [Origin, ...Origin[]] = [
  { country: 'United States', phone: '+1 555 01', first: ['Emma', 'Liam', 'Olivia', 'Noah', 'Ava', 'Mary-Jane'], last: ['Smith', "O'Brien", 'Johnson', 'McDonald', 'Van Buren', 'Lee'] },
  { country: 'Germany', phone: '+49 30 5550', first: ['Jürgen', 'Käthe', 'Björn', 'Anneliese', 'Maximilian'], last: ['Müller', 'Weiß', 'Größmann', 'von der Heide', 'Schröder'] },
  { country: 'France', phone: '+33 1 99 00 0', first: ['Zoé', 'François', 'Hélène', 'Jean-Noël', 'Anaïs'], last: ['Lefèvre', "D'Aubigné", 'Garçon', 'Bélanger', 'Moreau'] },
  { country: 'Poland', phone: '+48 22 555 0', first: ['Łukasz', 'Małgorzata', 'Świętosław', 'Żaneta'], last: ['Wiśniewski', 'Dąbrowska', 'Źrebiec', 'Kowalczyk'] },
  { country: 'Spain', phone: '+34 910 55', first: ['Begoña', 'José María', 'Íñigo', 'Núria'], last: ['Muñoz Peña', 'García-Márquez', 'Ibáñez', 'Güell'] },
  { country: 'Türkiye', phone: '+90 212 555 0', first: ['İbrahim', 'Gülşah', 'Işıl', 'Çağrı'], last: ['Yıldız', 'Öztürk', 'Şahin', 'Kılıç'] },
  { country: 'Japan', phone: '+81 3 5550 ', first: ['美咲', '翔太', 'さくら', '健一'], last: ['佐藤', '鈴木', '高橋', '渡辺'] },
  { country: 'China', phone: '+86 10 5550 ', first: ['伟', '秀英', '芳', '志强'], last: ['王', '李', '欧阳', '张'] },
  { country: 'Greece', phone: '+30 21 0555 ', first: ['Ελένη', 'Γιώργος', 'Δέσποινα'], last: ['Παπαδόπουλος', 'Οικονόμου', 'Νικολαΐδη'] },
  { country: 'Ukraine', phone: '+380 44 555 ', first: ['Олена', 'Андрій', 'Їванна'], last: ['Шевченко', 'Коваленко', 'Ґудзь'] },
  { country: 'Egypt', phone: '+20 2 5550 ', first: ['محمد', 'فاطمة', 'يوسف'], last: ['عبد الله', 'حسن', 'السيد'] },
  { country: 'Israel', phone: '+972 3 555 ', first: ['יעל', 'נועם', 'שירה'], last: ['כהן', 'לוי', 'בן-דוד'] },
  { country: 'India', phone: '+91 22 5550 ', first: ['प्रिया', 'Arjun', 'Lakshmi'], last: ['शर्मा', 'Venkataraghavan', 'Patel'] },
];

const companies: readonly [string, ...string[]] = [
  'Acme',
  'Northwind Traders',
  'Globex Corporation',
  'Initech',
  'Müller & Söhne GmbH',
  'Société Générale des Écluses',
  'Stark, Wayne & Partners',
  '株式会社サンプル',
  'ООО «Пример»',
  'The "Quiet" Company',
  'Umbrella Health',
  'Contoso, Ltd.',
  'Łódź Logistics Sp. z o.o.',
  'The Consolidated Intercontinental Association for the Advancement of Sluices, Locks, Weirs and Other Hydraulic Works of Public Utility, Limited Liability Company',
];
const titles: readonly [string, ...string[]] = [
  'CEO',
  'VP, Marketing',
  'Head of Demand Generation',
  'Sales Engineer',
  'Geschäftsführerin',
  'Responsable des achats',
  'Field Marketing Manager',
  'Student',
  '',
];
const industries: readonly [string, ...string[]] = [
  'Software',
  'Manufacturing',
  'Healthcare',
  'Finance',
  'Education',
  'Retail',
  '',
];
const leadTypes: readonly [string, ...string[]] = ['Hot', 'Warm', 'Warm', 'Cold', 'Cold', 'Disqualified', ''];
const products = ['Gate', 'Stream', 'Weir', 'Lock & Key', 'Flow Monitor'];
const notes: readonly [string, ...string[]] = [
  '',
  '',
  '',
  'Wants a demo next week.',
  'Asked about pricing, security and "single sign-on".',
  'Budget in Q3;\ndecision by the board.',
  'Met at the dinner,\r\nspeaks French.',
  '=SUM(A1:A9)',
  '+49 is the private number',
  '-- call after 5 pm --',
  '@work until Friday',
  '=HYPERLINK("http://example.test/","Click")',
  '5" tablet for the stand 🎉',
  'Très intéressé; à rappeler.',
  'NULL',
  '  leading and trailing spaces  ',
  `Long talk: ${'they compared the vendors one by one, and want all of it in writing. '.repeat(12)}`.trim(),
];

function person(random: Random, index: number): string[] {
  const { country, phone, first, last } = pick(random, origins);
  const number = String(index + 1).padStart(3, '0');
  const reachable = random();
  const domain = pick(random, ['example.com', 'mail.example.com', 'northwind.test', 'acme.test']);
  return [
    random() < 0.03 ? '' : pick(random, first),
    pick(random, last),
    reachable < 0.1 ? '' : reachable < 0.14 ? `Guest.${number}+Expo@EXAMPLE.COM` : `lead.${number}@${domain}`,
    random() < 0.04 ? '' : pick(random, companies),
    pick(random, titles),
    random() < 0.3 ? '' : `${phone}${number}`,
    scannedAt(random, Math.floor(index / 160)),
    country,
    index % 61 === 7 ? 'Hydraulics' : pick(random, industries), // not in the vendors' picklist
    pick(random, notes),
    index % 53 === 11 ? 'Lukewarm' : pick(random, leadTypes), // not in the vendors' picklist either
    products.filter(() => random() < 0.3).join(';'),
  ];
}

function scannedAt(random: Random, day: number): string {
  const openingMs = Date.UTC(2026, 4, 12 + day, 8);
  return new Date(openingMs + Math.floor(random() * 9 * 3_600) * 1_000).toISOString();
}

function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

if (import.meta.main) writeFileSync(new URL('leads.csv', import.meta.url), generateLeads());
