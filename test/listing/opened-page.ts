import { load, type CheerioAPI } from 'cheerio/slim';
import { runInNewContext } from 'node:vm';
import { pageScript } from '../../src/listing/page-script.ts';

type Nodes = ReturnType<CheerioAPI>;
type Listener = (event: { target: OpenedElement; preventDefault: () => void }) => void;

export interface OpenOptions {
  /** Browsers give none to pages that come over plain HTTP. */
  readonly clipboard?: boolean;
}

/** A page with its script running, in as much of a browser as the script needs. */
export class OpenedPage {
  readonly location: { href: string };
  /** What was copied, in order. */
  readonly copied: string[] = [];
  readonly #document: OpenedElement;
  readonly #elements = new Map<unknown, OpenedElement>();
  #timers: (() => void)[] = [];

  constructor(html: string, address: string, { clipboard = true }: OpenOptions = {}) {
    const { protocol, hostname, host, pathname, href } = new URL(address);
    this.location = { protocol, hostname, host, pathname, href, toString: () => href } as { href: string };
    const $ = load(html);
    this.#document = new OpenedElement($.root(), this, $);
    const document = Object.assign(this.#document, {
      body: this.#document.querySelector('body'),
      activeElement: this.#document.querySelector('body'),
      createElement: (name: string) => this.elementOf($(`<${name}></${name}>`), $),
      execCommand: () => this.copied.push(this.find('textarea')?.value ?? '') > 0,
    });
    const writeText = (text: string) => Promise.resolve(this.copied.push(text));
    runInNewContext(pageScript, {
      document,
      location: this.location,
      navigator: clipboard ? { clipboard: { writeText } } : {},
      setTimeout: (run: () => void) => this.#timers.push(run),
      clearTimeout: () => (this.#timers = []),
      scrollY: 0,
      URL,
    });
  }

  all(selector: string): OpenedElement[] {
    return this.#document.querySelectorAll(selector);
  }

  find(selector: string): OpenedElement | null {
    return this.#document.querySelector(selector);
  }

  get(selector: string): OpenedElement {
    const element = this.find(selector);
    if (element === null) throw new Error(`nothing is ${selector}`);
    return element;
  }

  /** As a person does; time passes only with {@link wait}. */
  async click(element: OpenedElement): Promise<void> {
    this.#document.dispatch('click', element);
    await new Promise(setImmediate);
  }

  /** The files that are left on the page, and what is said of them. */
  search(words: string): { names: string[]; said: string } {
    const input = this.get('input');
    input.value = words;
    input.dispatch('input');
    this.wait();
    const shown = this.all('tbody a,li a').filter((link) => link.shown);
    return { names: shown.map((link) => link.textContent), said: this.get('output').textContent };
  }

  wait(): void {
    const timers = this.#timers;
    this.#timers = [];
    timers.forEach((run) => run());
  }

  elementOf(nodes: Nodes, $: CheerioAPI): OpenedElement {
    const node = nodes.get(0);
    const known = this.#elements.get(node) ?? new OpenedElement(nodes, this, $);
    this.#elements.set(node, known);
    return known;
  }
}

class OpenedElement {
  readonly #nodes: Nodes;
  readonly #page: OpenedPage;
  readonly #$: CheerioAPI;
  readonly #listeners = new Map<string, Listener>();
  value = '';

  constructor(nodes: Nodes, page: OpenedPage, $: CheerioAPI) {
    this.#nodes = nodes;
    this.#page = page;
    this.#$ = $;
  }

  querySelectorAll(selector: string): OpenedElement[] {
    return this.#elementsOf(this.#nodes.find(selector));
  }
  querySelector(selector: string): OpenedElement | null {
    return this.querySelectorAll(selector)[0] ?? null;
  }
  closest(selector: string): OpenedElement | null {
    return this.#elementsOf(this.#nodes.closest(selector))[0] ?? null;
  }
  get children(): OpenedElement[] {
    return this.#elementsOf(this.#nodes.children());
  }
  get form(): OpenedElement | null {
    return this.closest('form');
  }
  get parentElement() {
    return { offsetTop: 0 };
  }
  get shown(): boolean {
    return this.#nodes.closest('[hidden]').length === 0;
  }

  get textContent(): string {
    return this.#nodes.text();
  }
  set textContent(text: string) {
    this.#nodes.text(text);
  }
  get hidden(): boolean {
    return this.#nodes.is('[hidden]');
  }
  set hidden(hidden: boolean) {
    this.#nodes.attr('hidden', hidden ? '' : null);
  }
  get title(): string {
    return this.#nodes.attr('title') ?? '';
  }
  set title(title: string) {
    this.#nodes.attr('title', title);
  }
  get href(): string {
    return new URL(this.#nodes.attr('href') ?? '', this.#page.location.href).href;
  }
  set href(href: string) {
    this.#nodes.attr('href', href);
  }
  get action(): string {
    return new URL(this.#nodes.attr('action') ?? '', this.#page.location.href).href;
  }
  get id(): string | undefined {
    return this.#nodes.attr('id');
  }
  get dataset() {
    return { path: this.#nodes.attr('data-path') };
  }

  before(element: OpenedElement): void {
    this.#nodes.before(element.#nodes);
  }
  after(text: string): void {
    this.#nodes.after(text);
  }
  append(element: OpenedElement): void {
    this.#nodes.append(element.#nodes);
  }
  remove(): void {
    this.#nodes.remove();
  }
  readonly select = () => undefined;
  readonly focus = () => undefined;

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener);
  }
  dispatch(type: string, target: OpenedElement = this): void {
    this.#listeners.get(type)?.({ target, preventDefault: () => undefined });
  }

  #elementsOf(nodes: Nodes): OpenedElement[] {
    return nodes.toArray().map((node) => this.#page.elementOf(this.#$(node), this.#$));
  }
}
