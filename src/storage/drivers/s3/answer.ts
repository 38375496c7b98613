import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { WheelhouseError } from '../../../model/errors.ts';
import { wholeSizeIn } from '../../byte-range.ts';
import type { OpenedObject } from '../../container.ts';
import { exactBody } from '../../exact-body.ts';
import { describeObject } from './object.ts';

/** The bytes of an object, or of a part of it, and what the headers of the answer tell of the whole. */
export function openAnswer(
  key: string,
  answer: GetObjectCommandOutput,
  translate: (thrown: unknown) => WheelhouseError,
  signal: AbortSignal | undefined,
): OpenedObject {
  const { Body, ContentLength, ContentRange } = answer;
  const body = exactBody(Body as Readable, { what: key, sizeBytes: ContentLength, signal, translate });
  return { ...describeObject(key, wholeSizeIn(ContentRange) ?? ContentLength ?? 0, answer), body };
}
