import { describe, expect, it } from 'vitest';
import { detectFormat, looksTruncated } from '../../src/listing/format.ts';

describe('detectFormat', () => {
  it.each([
    ['{"files":[]}', 'application/vnd.pypi.simple.v1+json', 'json'],
    ['{"files":[]}', 'application/json; charset=utf-8', 'json'],
    ['{"files":[]}', 'text/html', 'json'],
    ['\uFEFF \n{"files":[]}', undefined, 'json'],
    ['', 'application/json', 'json'],
    ['[]', 'application/json', 'json'],
    ['<html>', 'application/json', 'html'],
    ['<html>', 'text/html', 'html'],
    ['<html>', undefined, 'html'],
    ['text', undefined, 'html'],
    ['<?xml version="1.0"?><!DOCTYPE html><html xmlns="x">', 'application/xhtml+xml', 'html'],
    ['<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">', 'application/xml', 'xml'],
    ['<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult>', 'text/html', 'xml'],
    ["\uFEFF<?xml version='1.0'?><EnumerationResults>", undefined, 'xml'],
    ['<s3:ListBucketResult xmlns:s3="x">', undefined, 'xml'],
    ['<ListBucketResults>', undefined, 'html'],
    ['<Error><Code>AccessDenied</Code></Error>', 'application/xml', 'html'],
  ])('%j served as %s is %s', (body, contentType, format) => {
    expect(detectFormat(body, contentType)).toBe(format);
  });
});

describe('looksTruncated', () => {
  it.each([
    ['', false],
    ['<a href="x">x</a>', false],
    ['<html><body>x</body></html>', false],
    ['<HTML><BODY>x</BODY></HTML >\n<!-- 12 -->\n', false],
    ['<html><body>x</body>', false],
    ['<html>x</html>', false],
    ['1 < 2', false],
    ['<header>x</header>', false],
    ['{"name": "<html>"', false],
    ['<html><body><a href="x">x</a>', true],
    ['<body class="y"><a href="x">x</a>', true],
    ['<html><body><a href="x">x</a></bod', true],
    ['<a href="x">x</a><a href="y', true],
    ['<a href="x">x</', true],
    ['<html lang="en"><head>', true],
  ])('%j: %s', (body, expected) => {
    expect(looksTruncated(body)).toBe(expected);
  });
});
