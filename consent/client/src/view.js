/** What a person sees: the banner, the preference centre, and the links at the end of every page. */
import {button, make, room, sheet} from './dom.js';
import {asked, categories, decide, hasSignal, isAllowed, isAnythingAllowed, isRenewed, last, optional, page, proof, state, withdrawUnheard} from './state.js';

const t = (key) => state.notice.texts[key];
const policy = () => make('a', {href: page('policy/')}, t('policy.link'));
const isEvery = (list, value) => Object.fromEntries(list.map((one) => [one.code, value]));

let banner, links, centre, space;
/** Out of the flow: not even an empty line of it may move the page. */
const aside = ':host{position:absolute}';

/** Refuse, accept, and a third: one element, one class, one size, in this order, wherever something can be accepted. */
const three = (about, done, third) =>
  make(
    'div',
    {class: 'three'},
    button(t('banner.refuse'), () => done(isEvery(about(), false), 'refuse_all')),
    button(t('banner.accept'), () => done(isEvery(about(), true), 'accept_all')),
    third,
  );

/** Beside the page, never over what has the focus. Nothing but its buttons is an answer; Escape only puts it away until the next page. */
export function showBanner() {
  const about = asked();
  const content = make(
    'section',
    {class: 'bar', 'aria-label': t('banner.region')},
    make(
      'div',
      {class: 'in'},
      make(
        'div',
        {},
        make('h2', {}, t('banner.title')),
        make('p', {}, t(isRenewed() ? 'renewed.text' : 'banner.text')),
        make('p', {}, make('b', {}, about.map((one) => one.title).join(' · ')), ' ', make('slot', {})),
        hasSignal() ? make('p', {}, t('gpc.text')) : '',
      ),
      three(() => about, answer, button(t('banner.choose'), () => openCentre(about))),
    ),
  );
  banner = room(content, aside);
  // In the tree of the page: a checker of skip links compares them with the first link, and cannot look into a shadow for that.
  banner.append(policy());
  let before;
  content.addEventListener('focusin', ({relatedTarget}) => (before ||= relatedTarget));
  content.addEventListener('keydown', ({key}) => key === 'Escape' && hideBanner());
  banner.back = () => before && before.focus();
  // A skip link stays what the keyboard meets first.
  const first = document.body.firstElementChild;
  if (first && first.matches('a[href^="#"]')) first.after(banner);
  else document.body.prepend(banner);
  space = sheet('');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, space];
  banner.size = new ResizeObserver(([{borderBoxSize: [{blockSize}]}]) =>
    space.replaceSync(`html{scroll-padding-bottom:${blockSize}px}html::after{content:"";display:block;height:${blockSize}px}`),
  );
  banner.size.observe(content);
  addEventListener('focusin', uncover);
}

/** What gets the focus is scrolled out from under the banner; what cannot be scrolled sends the banner to the top. */
function uncover(event) {
  // What has it inside of an open shadow root, and not the whole of that.
  const path = event.composedPath();
  const [target] = path;
  if (!banner || path.includes(banner) || target === document.body) return;
  const bar = banner.shadowRoot.firstChild;
  bar.classList.remove('top');
  const over = () => target.getBoundingClientRect().bottom - bar.getBoundingClientRect().top;
  if (over() > 0) scrollBy(0, over() + 8);
  if (over() > 0) bar.classList.add('top');
}

function hideBanner() {
  if (!banner) return;
  removeEventListener('focusin', uncover);
  banner.size.disconnect();
  space.replaceSync('');
  const {back} = banner;
  const had = banner.contains(document.activeElement);
  banner.remove();
  banner = null;
  if (had) back();
}

function answer(wanted, method) {
  hideBanner();
  decide(wanted, method);
}

/** The words of the one button that stands there without a notice, too, by language. */
const withdraw = WITHDRAW;

/**
 * At the end of every page: to the choices, and out of them by one press. After the body, so that nothing on the page moves. Without a
 * notice there are no choices to show, but what was allowed earlier can be withdrawn.
 */
export function showLinks() {
  if (links) links.remove();
  const {notice, language} = state;
  const row = make('nav', {class: 'links', 'aria-label': notice && t('banner.region')});
  if (notice) row.append(button(t('centre.open'), () => openCentre(), 'q'));
  if (isAnythingAllowed()) {
    const press = () => (notice ? answer(isEvery(optional(), false), 'withdrawal') : withdrawUnheard());
    row.append(button(notice ? t('centre.withdraw') : withdraw[language], press, 'q'));
  }
  if (!row.firstChild) return;
  links = room(row);
  document.documentElement.append(links);
}

const cookieRows = (category) => {
  const vendors = Object.fromEntries(category.vendors.map((one) => [one.code, one]));
  const by = ({vendor}) => (vendors[vendor] ? make('a', {href: vendors[vendor].terms, rel: 'noreferrer'}, vendors[vendor].name) : t('centre.ours'));
  return make(
    'details',
    {},
    make('summary', {}, `${t('centre.cookies')} (${category.cookies.length})`),
    make('ul', {}, ...category.cookies.map((one) => make('li', {}, make('b', {}, one.name + (one.match === 'prefix' ? '…' : '')), ' · ', by(one), ` · ${one.purpose} · ${one.lifetime}`))),
  );
};

const radio = (code, value, isOn, words) => {
  const input = make('input', {type: 'radio', name: code, value, id: code + value});
  input.checked = isOn;
  return [input, make('label', {for: code + value}, words)];
};

const categoryField = (one) =>
  make(
    one.locked ? 'div' : 'fieldset',
    {class: 'cat'},
    make(one.locked ? 'h3' : 'legend', {}, one.title),
    make('p', {}, one.text),
    one.cookies.length ? cookieRows(one) : '',
    one.locked
      ? make('p', {class: 'on'}, t('centre.always'))
      : make('div', {class: 'pick'}, ...radio(one.code, '', !isAllowed(one.code), t('centre.refuse')), ...radio(one.code, '1', isAllowed(one.code), t('centre.allow'))),
  );

const lastChoice = () => {
  const day = last();
  if (!(day > 0)) return '';
  const words = t('centre.last').replace('{date}', new Date(day * 864e5).toLocaleDateString(state.language, {dateStyle: 'long', timeZone: 'UTC'}));
  return make('p', {}, words, ' ', proof() ? make('a', {href: proof()}, t('centre.receipt')) : '');
};

/** A true modal: the browser keeps the focus in and the page out, and Escape closes it without an answer. `about`: what is asked. */
export function openCentre(about) {
  if (!state.notice || centre) return;
  const shown = Array.isArray(about) ? about : optional();
  const opener = document.activeElement;
  const from = opener && opener.shadowRoot ? opener.shadowRoot.activeElement : opener;
  const form = make('form', {});
  const dialog = make('dialog', {'aria-labelledby': 'title'}, form);
  const done = (wanted, method) => {
    dialog.close();
    answer(wanted, method);
  };
  const save = make('button', {class: 'b'}, t('centre.save'));
  form.append(
    make('h2', {id: 'title', tabindex: '-1', autofocus: ''}, t('centre.title')),
    make('p', {}, t(isRenewed() && shown !== optional() && asked().length ? 'renewed.text' : 'centre.text')),
    hasSignal() ? make('p', {}, t('gpc.text')) : '',
    ...categories().filter((one) => one.locked || shown.includes(one)).map(categoryField),
    three(() => shown, done, save),
    lastChoice(),
    make('p', {}, t('centre.third_party')),
    make('p', {}, policy()),
    button(t('centre.close'), () => dialog.close(), 'q'),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    done(Object.fromEntries(shown.map((one) => [one.code, !!new FormData(form).get(one.code)])), 'choice');
  };
  dialog.onclose = () => {
    centre.remove();
    centre = null;
    const target = from && from.isConnected ? from : links && links.shadowRoot.querySelector('button');
    if (target) target.focus({preventScroll: true});
  };
  centre = room(dialog, aside);
  document.body.append(centre);
  dialog.showModal();
}
