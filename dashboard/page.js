import { ApiError, Live, request } from './client.js';

const counts = 'counts { total preSync frozen queued syncing failed cleared }';
const documents = {
  start: 'query { viewer { name role organization { name } } integrations { id } }',
  integrations: `subscription { integrationChanged {
    id vendor name connection { status account problem } flow { state resumesAt } syncMode { mode enabled holds version }
    retries(status: RUNNING, first: 20) { edges { node { id event { id } } } } } }`,
  reconciliations: `subscription { reconciliationChanged {
    integration { id } notEnriched ${counts} errorGroups { category description fix helpUrl count }
    events(first: 50) { edges { node { event { id name startsOn endsOn } ${counts} } } } } }`,
  progress: `subscription ($id: ID!) { retryProgressed(retryId: $id) { status total waiting cleared failed } }`,
  push: `mutation ($input: RetryEventInput!) { result: retryEvent(input: $input) {
    __typename ... on Error { message } ... on RetrySuccess { retry { id } } } }`,
  setSyncMode: change('SetSyncMode', '... on ConfirmationRequiredError { affectedLeads }'),
  disable: change('Disable'),
  enable: change('Enable'),
};

function change(name, more = '') {
  const field = name[0].toLowerCase() + name.slice(1);
  return `mutation ($input: ${name}Input!) { result: ${field}(input: $input) { __typename ... on Error { message } ${more}
    ... on ${name}Success { integration { syncMode { mode enabled } } receipt { inFlight held released } } } }`;
}

/** Words for enum values; one that is not here yet reads as its name. */
const words = {
  MARKETO: 'Marketo',
  WEBHOOK: 'Webhook',
  CONNECTED: 'Connected',
  NEEDS_AUTHORIZATION:
    'The vendor refused our sign-in: connect it again. Everything waits until then, nothing is lost.',
  DISCONNECTED: 'Disconnected: no credentials are stored. Mappings, history and waiting leads are kept.',
  NO_PERMISSION: 'The account at the vendor may not write what is mapped. Leads wait until it is connected again.',
  ENDPOINT_GONE: 'The receiver answered that the webhook is gone (410). Leads wait until it is connected again.',
  DISABLED: 'Disabled: nothing is pushed, by hand neither.',
  NO_MAPPING: 'No field is mapped yet, so nothing can be pushed.',
  MANUAL_MODE: 'Manual: leads wait until somebody pushes their event, or the mode returns to Automatic.',
  THROTTLED: 'The vendor asked for a pause; it goes on by itself',
  QUOTA_EXHAUSTED: 'The daily quota at the vendor is used up; it goes on by itself',
  VENDOR_DOWN: 'The vendor does not answer; it is tried again',
};
const wordsOf = (value) => words[value] ?? value[0] + value.slice(1).toLowerCase().replaceAll('_', ' ');
const number = new Intl.NumberFormat('en');
const leads = (count) => `${number.format(count)} ${count === 1 ? 'lead' : 'leads'}`;
const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' });
const $ = (id) => document.getElementById(id);

const session = { key: takeKey(), live: null, canOperate: false };
/** By integration: what the two subscriptions said last, and its card. */
const cards = new Map();

/** From the address, where it does not stay, or from this tab's memory. */
function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1).replaceAll('+', '%2B')).get('key');
  if (given) {
    sessionStorage.setItem('sluice.key', given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return sessionStorage.getItem('sluice.key');
}

function leave(reason = '') {
  sessionStorage.removeItem('sluice.key');
  sessionStorage.setItem('sluice.refusal', reason);
  location.reload(); // ends every stream with the page
}

async function start() {
  const { viewer, integrations } = await request(session.key, documents.start);
  $('who').textContent = `${viewer.organization.name} · ${viewer.name} (${viewer.role.toLowerCase()})`;
  session.canOperate = viewer.role !== 'VIEWER';
  $('enter').hidden = true;
  $('leave').hidden = false;
  $('empty').hidden = integrations.length > 0;
  session.live = new Live(session.key, { onState: showLive, onRefused: leave });
  session.live.subscribe(documents.integrations, {}, ({ integrationChanged }) => {
    update(integrationChanged.id, { integration: integrationChanged });
  });
  session.live.subscribe(documents.reconciliations, {}, ({ reconciliationChanged }) => {
    update(reconciliationChanged.integration.id, { reconciliation: reconciliationChanged });
  });
}

function showLive(state) {
  $('live').hidden = false;
  $('live').dataset.state = state;
  setText($('live'), state === 'live' ? 'Live' : 'Reconnecting …');
}

function update(id, news) {
  const card = cards.get(id) ?? { node: newCard(id), watched: new Set() };
  cards.set(id, Object.assign(card, news));
  card.node.hidden = !card.integration || !card.reconciliation; // they come one after the other
  if (card.integration) showIntegration(card);
  if (card.reconciliation) showReconciliation(card);
  $('empty').hidden = true;
}

function newCard(id) {
  const node = clone('integration');
  node.dataset.id = id;
  for (const button of all(node, 'mode')) button.onclick = act(id, (card) => setMode(card, button.dataset.mode));
  part(node, 'enabled').onclick = act(id, (card) => (card.integration.syncMode.enabled ? disable(card) : enable(card)));
  $('integrations').append(node);
  return node;
}

/** A handler that says in the card what went wrong. */
function act(id, action) {
  return async ({ currentTarget }) => {
    const card = cards.get(id);
    if (currentTarget.ariaDisabled === 'true') return;
    try {
      await action(card);
    } catch (error) {
      if (error instanceof ApiError && error.code === 'UNAUTHENTICATED') return leave(error.message);
      say(
        card,
        error instanceof ApiError ? error.message : 'The server can not be reached. Nothing is known to have changed.',
      );
    }
  };
}

function showIntegration(card) {
  const { node, integration } = card;
  const { name, vendor, connection, syncMode, flow, retries } = integration;
  setText(part(node, 'name'), name);
  const connected = connection.status === 'CONNECTED';
  part(node, 'connection').dataset.connection = connection.status;
  const account = connected ? connection.account : null;
  setText(
    part(node, 'connection'),
    [wordsOf(vendor), connected ? 'connected' : 'not connected', account].filter(Boolean).join(' · '),
  );
  for (const button of all(node, 'mode')) {
    button.ariaPressed = String(button.dataset.mode === syncMode.mode);
    allow(button, session.canOperate);
  }
  setText(part(node, 'enabled'), syncMode.enabled ? 'Disable' : 'Enable');
  allow(part(node, 'enabled'), session.canOperate);
  const waits = flow.state !== 'FLOWING' && flow.state !== 'HELD';
  const until = waits && flow.resumesAt ? ` at ${new Date(flow.resumesAt).toLocaleTimeString()}` : '';
  const notes = [...syncMode.holds.map(wordsOf), connection.problem, waits && `${wordsOf(flow.state)}${until}.`].filter(
    Boolean,
  );
  list(part(node, 'holds'), notes, String, () => document.createElement('li'), setText);
  for (const { node: retry } of retries.edges) if (retry.event) watch(card, retry.event.id, retry.id);
  for (const row of part(node, 'events').children) allowPush(card, row);
}

function showReconciliation(card) {
  const { node, reconciliation } = card;
  const { counts, errorGroups, events, notEnriched } = reconciliation;
  for (const cell of all(node, 'count'))
    if (cell.dataset.count) setText(cell, number.format(counts[cell.dataset.count]));
  const shares = ['cleared', 'syncing', 'queued', 'frozen', 'failed'].filter((status) => counts[status] > 0);
  list(
    part(node, 'bar'),
    shares,
    String,
    () => document.createElement('span'),
    (span, status) => {
      span.className = status;
      span.style.flexGrow = counts[status];
    },
  );
  setText(part(node, 'unenriched'), notEnriched > 0 ? `${leads(notEnriched)} not enriched yet` : '');
  part(node, 'failed').hidden = errorGroups.length === 0;
  list(
    part(node, 'errors'),
    errorGroups,
    (group) => group.category,
    () => clone('error'),
    showErrorGroup,
  );
  const rows = events.edges.map((edge) => edge.node);
  list(
    part(node, 'events'),
    rows,
    (row) => row.event.id,
    () => newEvent(card),
    (row, shown) => showEvent(card, row, shown),
  );
}

function showErrorGroup(row, { category, description, fix, helpUrl, count }) {
  setText(part(row, 'count'), number.format(count));
  setText(part(row, 'title'), wordsOf(category));
  setText(part(row, 'description'), description);
  setText(part(row, 'fix'), fix);
  part(row, 'help').href = helpUrl;
}

function newEvent({ node: { dataset } }) {
  const row = clone('event');
  part(row, 'push').onclick = act(dataset.id, (card) => push(card, row));
  return row;
}

function showEvent(card, row, { event, counts }) {
  row.dataset.waiting = counts.frozen + counts.queued;
  setText(part(row, 'title'), event.name);
  setText(part(row, 'when'), whenOf(event));
  const shown = ['frozen', 'queued', 'syncing', 'failed', 'cleared'].filter((status) => counts[status] > 0);
  setText(
    part(row, 'counts'),
    shown.map((status) => `${number.format(counts[status])} ${status}`).join(' · ') || 'nothing yet',
  );
  part(row, 'push').setAttribute('aria-label', `Push this event: ${event.name}`);
  allowPush(card, row);
}

function whenOf({ startsOn, endsOn }) {
  if (!startsOn) return '';
  const today = new Date().toISOString().slice(0, 10);
  const last = endsOn ?? startsOn;
  const now = startsOn <= today && today <= last ? ' · now' : '';
  return day.formatRange(new Date(startsOn), new Date(last)) + now;
}

/** A push by hand passes Manual, and no other hold. */
function allowPush({ integration, watched }, row) {
  const held = integration?.syncMode.holds.some((hold) => hold !== 'MANUAL_MODE') ?? true;
  allow(
    part(row, 'push'),
    session.canOperate && !held && Number(row.dataset.waiting) > 0 && !watched.has(row.dataset.key),
  );
}

async function push(card, row) {
  const input = { integrationId: card.integration.id, eventId: row.dataset.key };
  const { result } = await request(session.key, documents.push, { input });
  if (result.retry) watch(card, row.dataset.key, result.retry.id);
  else say(card, result.message);
}

/** Shows the progress of a push in its event's row until it has ended. */
function watch(card, eventId, retryId) {
  if (card.watched.has(eventId)) return;
  card.watched.add(eventId);
  const rowOf = () => [...part(card.node, 'events').children].find((row) => row.dataset.key === eventId);
  const show = ({ retryProgressed: { status, total, waiting, cleared, failed } }) => {
    const row = rowOf();
    if (!row) return;
    const running = status === 'RUNNING';
    Object.assign(part(row, 'progress'), { hidden: !running, max: Math.max(total, 1), value: total - waiting });
    const outcome = `${number.format(cleared)} cleared, ${number.format(failed)} failed`;
    const verb = { RUNNING: 'Pushing', COMPLETED: 'Pushed' }[status] ?? `${wordsOf(status)}:`;
    setText(part(row, 'outcome'), `${verb} ${leads(total)}: ${outcome}.`);
  };
  session.live.subscribe(documents.progress, { id: retryId }, show, () => {
    card.watched.delete(eventId);
    const row = rowOf();
    if (row) allowPush(card, row);
  });
}

async function setMode(card, mode) {
  const { id, name, syncMode } = card.integration;
  if (mode === syncMode.mode) return;
  const input = { integrationId: id, mode, expectedVersion: syncMode.version };
  const frozen = card.reconciliation?.counts.frozen ?? 0;
  if (mode === 'AUTOMATIC' && frozen > 0 && syncMode.enabled && !(await confirmFlush(name, frozen))) return;
  let { result } = await request(session.key, documents.setSyncMode, { input });
  if (result.__typename === 'ConfirmationRequiredError') {
    if (!(await confirmManual(name, result.affectedLeads))) return;
    ({ result } = await request(session.key, documents.setSyncMode, { input: { ...input, confirm: true } }));
  }
  say(card, receiptOf(result));
}

const confirmManual = (name, affected) => {
  const now = affected > 0 ? ` Held from now on: ${leads(affected)} already waiting.` : '';
  const consequences = {
    Stops: `No lead is pushed by itself any more.${now}`,
    'Goes on': 'Leads are captured and enriched as before. Pushes already under way finish.',
    'Where leads wait': 'In Pre-Sync, as Frozen. None is lost.',
    'Getting them out': '“Push this event”, or back to Automatic, which sends everything frozen at once.',
  };
  return ask(`Switch ${name} to Manual?`, consequences, { MANUAL: 'Switch to Manual' });
};

const confirmFlush = (name, frozen) => {
  const consequences = {
    'Goes out': `${leads(frozen)} frozen now, at once, over all events. What has been pushed can not be called back.`,
    'From then on': 'Every lead is pushed as soon as it is enriched.',
  };
  return ask(`Switch ${name} to Automatic?`, consequences, { AUTOMATIC: 'Switch to Automatic' });
};

async function disable(card) {
  const { id, name, syncMode } = card.integration;
  const consequences = {
    Stops: 'Everything, pushes by hand included. Pushes already under way finish.',
    Stays: 'Connection, mappings, mode and every waiting lead, until somebody enables it again.',
  };
  if (!(await ask(`Disable ${name}?`, consequences, { DISABLE: 'Disable' }))) return;
  const input = { integrationId: id, expectedVersion: syncMode.version };
  say(card, receiptOf((await request(session.key, documents.disable, { input })).result));
}

async function enable(card) {
  const { id, name, syncMode } = card.integration;
  const frozen = card.reconciliation?.counts.frozen ?? 0;
  const consequences = {
    Automatic: `${leads(frozen)} that waited meanwhile are pushed at once.`,
    Manual: 'They stay frozen until somebody pushes them.',
  };
  const answers = { AUTOMATIC: 'Enable in Automatic', MANUAL: 'Enable in Manual' };
  const asked = syncMode.mode === 'AUTOMATIC' && frozen > 0;
  const mode = asked ? await ask(`Enable ${name}?`, consequences, answers) : null; // null: as it was
  if (asked && !mode) return;
  const input = { integrationId: id, expectedVersion: syncMode.version, mode, confirm: true };
  say(card, receiptOf((await request(session.key, documents.enable, { input })).result));
}

/** What a change did, in a sentence; or why it was not made. */
function receiptOf({ message, receipt, integration }) {
  if (!receipt) return message;
  const { mode, enabled } = integration.syncMode;
  const parts = [
    receipt.held > 0 && `${leads(receipt.held)} held`,
    receipt.released > 0 && `${leads(receipt.released)} released`,
    receipt.inFlight > 0 && `${leads(receipt.inFlight)} under way at the time, which still arrive`,
  ].filter(Boolean);
  return `${enabled ? wordsOf(mode) : 'Disabled'} since ${new Date().toLocaleTimeString()}: ${parts.join(', ') || 'no lead was waiting'}.`;
}

const say = ({ node }, text) => setText(part(node, 'receipt'), text);

/** Asks before something happens. Resolves with the chosen answer; null: leave it as it is. */
function ask(title, consequences, answers) {
  const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
  const rows = Object.entries(consequences).flatMap(([term, text]) => [
    make('dt', { textContent: term }),
    make('dd', { textContent: text }),
  ]);
  const choices = Object.entries(answers).map(([value, textContent]) =>
    make('button', { value, textContent, className: 'primary' }),
  );
  const cancel = make('button', { value: '', textContent: 'Cancel', autofocus: true }); // Enter alone changes nothing
  $('question-title').textContent = title;
  $('question-rows').replaceChildren(...rows);
  $('question-answers').replaceChildren(...choices, cancel);
  $('question').returnValue = '';
  $('question').showModal();
  return new Promise((resolve) => {
    $('question').onclose = () => resolve($('question').returnValue || null);
  });
}

const clone = (template) => $(template).content.firstElementChild.cloneNode(true);
const part = (node, name) => node.querySelector(`[data-${name}]`);
const all = (node, name) => node.querySelectorAll(`[data-${name}]`);

/** Leaves alone what reads so already, so that screen readers and selections are not disturbed. */
function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Not `disabled`: a button that loses the focus under somebody's finger is worse. */
function allow(button, allowed) {
  button.ariaDisabled = String(!allowed);
}

/** Brings the children of `parent` in line with `items`, keeping those that stay. */
function list(parent, items, keyOf, create, show) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const children = items.map((item) => {
    const child = known.get(keyOf(item)) ?? create();
    child.dataset.key = keyOf(item);
    show(child, item);
    return child;
  });
  for (const child of parent.children) if (!children.includes(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

async function enter() {
  try {
    if (session.key) return await start();
  } catch (error) {
    const refused = error instanceof ApiError && error.code === 'UNAUTHENTICATED';
    if (refused) sessionStorage.removeItem('sluice.key');
    $('refusal').textContent = refused ? error.message : 'The server can not be reached. Try again.';
  }
  $('enter').hidden = false;
  $('refusal').textContent ||= sessionStorage.getItem('sluice.refusal') ?? '';
  sessionStorage.removeItem('sluice.refusal');
  $('key').focus();
}

$('enter').onsubmit = (event) => {
  event.preventDefault();
  session.key = $('key').value.trim();
  sessionStorage.setItem('sluice.key', session.key);
  $('refusal').textContent = '';
  void enter();
};
$('leave').onclick = () => leave();
addEventListener('hashchange', () => takeKey() !== session.key && location.reload());
void enter();
