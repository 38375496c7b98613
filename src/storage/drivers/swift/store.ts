import type { EventSink } from '../../../model/events.ts';
import { callStore } from '../../call-store.ts';
import { encodeKey } from '../../public-url.ts';
import { exchange, type ExchangeLimits, type SwiftAnswer, type SwiftRequest } from './exchange.ts';
import { isMissing, Refused, swiftFailure, type Headers } from './failure.ts';
import type { Session } from './keystone.ts';
import type { Connection } from './pkgcloud.ts';

/** What is asked for: the container, or an object in it. */
export interface Ask extends Omit<SwiftRequest, 'url' | 'token'> {
  readonly container: string;
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Default: the object store. */
  readonly service?: 'cdn';
}

/** An account of the store: every request goes through here, with a token that is valid. */
export class Store {
  readonly #connection: Connection;
  readonly #limits: ExchangeLimits;
  readonly #onEvent: EventSink | undefined;

  constructor(connection: Connection, limits: ExchangeLimits, onEvent: EventSink | undefined) {
    this.#connection = connection;
    this.#limits = limits;
    this.#onEvent = onEvent;
  }

  /** Of the account; undefined before the first login. */
  get storageUrl(): string | undefined {
    return this.#connection.identity.session?.storageUrl;
  }

  /** Whom a failure is blamed on. */
  get address(): URL {
    return new URL(this.storageUrl ?? this.#connection.loginUrl);
  }

  call<T>(what: string, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const translate = (thrown: unknown) => swiftFailure(thrown, what, this.address, signal);
    return callStore({ what, signal, onEvent: this.#onEvent, translate }, attempt);
  }

  /**
   * One request, and its answer if that is a 2xx. That an object is missing is believed when it is said twice: Swift's
   * object server (swift/obj/diskfile.py) lists the versions it has, then opens the newest of them, which a PUT may have
   * replaced and unlinked in between; it answers 404 then, though there is an object all the time. There is no need to
   * wait: the second answer comes from a listing of its own.
   */
  async send(ask: Ask, signal: AbortSignal | undefined): Promise<SwiftAnswer> {
    try {
      return await this.#sendOnce(ask, signal);
    } catch (thrown) {
      if (!readsObject(ask) || !isMissing(thrown)) throw thrown;
      return this.#sendOnce(ask, signal);
    }
  }

  /** A token that was refused is renewed once. */
  async #sendOnce(ask: Ask, signal: AbortSignal | undefined): Promise<SwiftAnswer> {
    const session = await this.#connection.ready(signal);
    try {
      return await this.#exchange(ask, session, signal);
    } catch (thrown) {
      if (!(thrown instanceof Refused) || thrown.status !== 401) throw thrown;
      return this.#exchange(ask, await this.#connection.identity.renew(session, signal), signal);
    }
  }

  /** Gets a new token, whatever the one that we have is worth. */
  async renewToken(signal: AbortSignal | undefined): Promise<void> {
    const { identity } = this.#connection;
    if (identity.session !== undefined) await identity.renew(identity.session, signal);
  }

  /** One request whose answer's headers are all that matters. */
  async ask(ask: Ask, signal: AbortSignal | undefined): Promise<{ status: number; headers: Headers }> {
    const { status, headers, body } = await this.send(ask, signal);
    body.resume();
    return { status, headers };
  }

  #exchange(ask: Ask, session: Session, signal: AbortSignal | undefined): Promise<SwiftAnswer> {
    const { container, key, query, service, ...request } = ask;
    const base = service === 'cdn' ? session.cdnUrl : session.storageUrl;
    // A service that the catalog lacks is as good as one that answers 404.
    if (base === undefined) throw new Refused(404, {}, 'the account has no such service');
    // pkgcloud would fold `//` in a key into one slash.
    const path = key === undefined ? '' : `/${encodeKey(key)}`;
    const url = `${base}/${encodeURIComponent(container)}${path}${searchOf(query)}`;
    const { token } = session;
    return exchange(this.#connection.client, { ...request, url, token }, this.#limits, signal);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

function readsObject({ method, key }: Ask): boolean {
  return key !== undefined && (method === 'GET' || method === 'HEAD');
}

function searchOf(query: Ask['query'] = {}): string {
  // Not URLSearchParams, which writes a space as `+`: that is for forms.
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
