/** Elements without mark-up in strings, and rooms of their own for them that the styles of the page do not reach. */
import css from './style.css';

export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value || value === '') element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function button(words, press, kind = 'b') {
  const element = make('button', {type: 'button', class: kind}, words);
  element.onclick = press;
  return element;
}

let common;

export const sheet = (text) => {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
};

/** A shadow root with `content`. A sheet made by script is no inline style: no policy has to allow it. */
export function room(content, own = '') {
  const host = make('div', {lang: document.documentElement.lang});
  const root = host.attachShadow({mode: 'open'});
  common ||= sheet(css);
  root.adoptedStyleSheets = own ? [common, sheet(own)] : [common];
  root.append(content);
  return host;
}
