// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';

import { type Media, mediaUrl, readMedia } from '../../src/codecs/media.ts';

const bytes = new Uint8Array([1, 2, 3]);
const data = 'AQID';
const dataUrl = `data:image/png;base64,${data}`;
const uri = 'https://files.example/one';

describe('a content part that is no text is read alike for', () => {
  it.each<[string, unknown, Media]>([
    [
      'an image of Chat by URL',
      { type: 'image_url', image_url: { url: uri, detail: 'low' } },
      { modality: 'image', uri },
    ],
    [
      'an image of Chat inline',
      { type: 'image_url', image_url: { url: dataUrl } },
      { modality: 'image', mimeType: 'image/png', data },
    ],
    ['an image whose URL stands alone', { type: 'image_url', image_url: uri }, { modality: 'image', uri }],
    [
      'audio of Chat',
      { type: 'input_audio', input_audio: { data, format: 'wav' } },
      { modality: 'audio', mimeType: 'audio/wav', data },
    ],
    [
      'audio of Chat as mp3',
      { type: 'input_audio', input_audio: { data, format: 'mp3' } },
      { modality: 'audio', mimeType: 'audio/mpeg', data },
    ],
    ['a video by URL', { type: 'video_url', video_url: { url: uri } }, { modality: 'video', uri }],
    ['a file of Chat by id', { type: 'file', file: { file_id: 'f-1' } }, { modality: 'document', fileId: 'f-1' }],
    [
      'a file of Chat inline',
      { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } },
      { modality: 'document', mimeType: 'application/pdf', data },
    ],
    [
      'an image of Responses',
      { type: 'input_image', image_url: dataUrl },
      { modality: 'image', mimeType: 'image/png', data },
    ],
    ['an image of Responses by id', { type: 'input_image', file_id: 'f-1' }, { modality: 'image', fileId: 'f-1' }],
    ['a file of Responses by URL', { type: 'input_file', file_url: uri }, { modality: 'document', uri }],
    ['a file of Responses inline', { type: 'input_file', file_data: data }, { modality: 'document', data }],
    [
      'an image of Anthropic',
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
      { modality: 'image', mimeType: 'image/png', data },
    ],
    ['an image of Anthropic by URL', { type: 'image', source: { type: 'url', url: uri } }, { modality: 'image', uri }],
    [
      'a document of Anthropic by id',
      { type: 'document', source: { type: 'file', file_id: 'f' } },
      { modality: 'document', fileId: 'f' },
    ],
    ['an upload of Anthropic', { type: 'container_upload', file_id: 'f' }, { modality: 'document', fileId: 'f' }],
    [
      'inline data of Gemini',
      { inlineData: { mimeType: 'video/mp4', data } },
      { modality: 'video', mimeType: 'video/mp4', data },
    ],
    [
      'inline data of Gemini in the spelling of the wire',
      { inline_data: { mime_type: 'audio/ogg', data } },
      { modality: 'audio', mimeType: 'audio/ogg', data },
    ],
    [
      'a file of Gemini',
      { fileData: { mimeType: 'application/pdf', fileUri: 'gs://a/b' } },
      { modality: 'document', mimeType: 'application/pdf', uri: 'gs://a/b' },
    ],
    [
      'an image of Bedrock',
      { image: { format: 'jpeg', source: { bytes } } },
      { modality: 'image', mimeType: 'image/jpeg', data },
    ],
    [
      'a document of Bedrock',
      { document: { format: 'pdf', name: 'a', source: { bytes } } },
      { modality: 'document', mimeType: 'application/pdf', data },
    ],
    [
      'a video of Bedrock in a bucket',
      { video: { format: 'mp4', source: { s3Location: { uri: 's3://a/b' } } } },
      { modality: 'video', mimeType: 'video/mp4', uri: 's3://a/b' },
    ],
    [
      'audio of Bedrock',
      { audio: { format: 'mp3', source: { bytes } } },
      { modality: 'audio', mimeType: 'audio/mpeg', data },
    ],
  ])('%s', (_, part, media) => {
    expect(readMedia(part)).toEqual(media);
  });

  it('bytes of which only a note is left, which are no base64', () => {
    const part = { image: { format: 'png', source: { bytes: '[Uint8Array: 3 bytes]' } } };
    expect(readMedia(part)).toEqual({ modality: 'image', mimeType: 'image/png' });
  });

  it.each([
    { type: 'text', text: 'an image' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'plain' } },
    { type: 'image' },
    { type: 'tool_use', id: 't', name: 'image', input: { source: {} } },
    { image: 'a word' },
    { document: { source: { text: 'plain' } } },
    { type: 'constructor' },
    'text',
    null,
    [1],
  ])('nothing else: %j', (part) => {
    expect(readMedia(part)).toBeUndefined();
  });
});

describe('media as one URL', () => {
  it.each<[Media, string | undefined]>([
    [{ modality: 'image', uri }, uri],
    [{ modality: 'image', mimeType: 'image/png', data }, dataUrl],
    [{ modality: 'audio', data }, `data:audio/*;base64,${data}`],
    [{ modality: 'document', data }, `data:application/octet-stream;base64,${data}`],
    [{ modality: 'image', fileId: 'f' }, undefined],
  ])('of %j is %s', (media, url) => {
    expect(mediaUrl(media)).toBe(url);
  });
});
