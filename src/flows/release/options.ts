import type { FetchOptions } from '../fetch.ts';
import type { Choice } from '../publish/choice.ts';
import type { PublishOptions } from '../publish/options.ts';

/** What a fetch takes, whose login is for the indexes, and what a publication takes, whose login is the target's. */
export interface ReleaseOptions extends FetchOptions, Omit<PublishOptions, keyof Choice> {}
