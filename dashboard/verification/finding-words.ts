interface Wording {
  title: string;
  /** What to do about it. */
  wayOut: string;
}

const byHand =
  'Sluice itself does not do this: somebody wrote to the tables by hand, restored a part, or the disk lost something. Tell whoever runs the database, with this line.';

const wordings: Record<string, Wording> = {
  COUNT_WRONG: { title: 'Count of a list', wayOut: byHand },
  LEAD_COUNT_WRONG: { title: 'Count of an event', wayOut: byHand },
  LEADS_UNACCOUNTED: { title: 'Leads in no place', wayOut: byHand },
  ITEM_CONTRADICTS_LOG: { title: 'Lead is not where the log left it', wayOut: byHand },
  ITEM_CONTRADICTS_LEAD: { title: 'Lead is on the wrong list', wayOut: byHand },
  ITEM_LOST: { title: 'Lead is gone from the list', wayOut: byHand },
  LOG_GAP: { title: 'Gap in the log', wayOut: byHand },
  LOG_CONTRADICTS_ITSELF: { title: 'Log contradicts itself', wayOut: byHand },
  MISSING_AT_VENDOR: {
    title: 'Record is gone at the vendor',
    wayOut:
      'Somebody deleted or merged it there. Where it should be there, open the lead and edit it: the next push sends it again.',
  },
};

/** What a finding means and what to do about it; of a kind that came after this was written, its name. */
export const findingWordsOf = (kind: string): Wording => wordings[kind] ?? { title: kind, wayOut: byHand };
