/** What a page may ask of the banner, as `window.OxyConsent`. It stands once banner.js ran (a deferred script after it finds it). */
export type CategoryCode = 'session' | 'preferences' | 'history' | 'marketing' | 'analytics' | (string & {});

export interface ConsentState {
  readonly site: string;
  /** What is allowed now. A category that is missing or false may not be used. */
  readonly choices: Readonly<Record<CategoryCode, boolean>>;
  /** Something is still to be answered, or our server has not been heard yet. */
  readonly isAsked: boolean;
  /** Global Privacy Control, where the site lets it count: a refusal until somebody chooses. */
  readonly signal: 'gpc' | null;
  /** The receipt of the choice; null before one, and on later pages of whoever refused everything. */
  readonly receipt: string | null;
}

export interface OxyConsent {
  get(): ConsentState;
  /** Called after each choice. Gives a function that ends it. */
  on(event: 'change', listener: (state: ConsentState) => void): () => void;
  /** Opens the preference centre, for a link of the page's own. */
  open(): void;
  /**
   * Shows the banner a shadow root, open or closed: blocked tags and frames in it are then treated like those of the page. For the
   * `connectedCallback` of an element that has some. What stands in a shadow root that was not shown stays blocked, whatever is chosen.
   */
  watch(root: ShadowRoot): void;
}

declare global {
  interface Window {
    OxyConsent?: OxyConsent;
    dataLayer?: unknown[];
  }
}
