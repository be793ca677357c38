// SPDX-License-Identifier: Apache-2.0
import type { Json } from '../atof/event.ts';
import { defined, field, isObject, stringOf } from './read.ts';

/** What a content part holds that is no text: its bytes, where they are, or the provider's id of the file. */
export interface Media {
  readonly modality: 'image' | 'video' | 'audio' | 'document';
  readonly mimeType?: string;
  /** Base64. */
  readonly data?: string;
  readonly uri?: string;
  readonly fileId?: string;
}

type Modality = Media['modality'];

/**
 * The image, video, audio or document of a content part, whichever provider's shape it has. Undefined for everything else, and for parts whose
 * document is plain text. A part whose bytes are gone (a snapshot holds only a note of binary data) has a modality and nothing more.
 */
export function readMedia(part: unknown): Media | undefined {
  if (!isObject(part)) return undefined;
  return openai(part) ?? anthropic(part) ?? gemini(part) ?? bedrock(part);
}

/** The media as one URL: that of the file, else its bytes as a data URL. */
export function mediaUrl({ uri, data, mimeType, modality }: Media): string | undefined {
  if (uri !== undefined || data === undefined) return uri;
  return `data:${mimeType ?? (modality === 'document' ? 'application/octet-stream' : `${modality}/*`)};base64,${data}`;
}

const URL_PARTS: Readonly<Record<string, Modality>> = {
  image_url: 'image',
  input_image: 'image',
  video_url: 'video',
  audio_url: 'audio',
};

/** Chat and Responses; servers that speak Chat have video and audio by URL as well. */
function openai(part: Record<string, unknown>): Media | undefined {
  const type = stringOf(part['type']) ?? '';
  if (Object.hasOwn(URL_PARTS, type)) {
    const holder = part[type === 'input_image' ? 'image_url' : type];
    const url = stringOf(holder) ?? stringOf(field(holder, 'url'));
    return media(URL_PARTS[type] as Modality, { url, fileId: stringOf(part['file_id']) });
  }
  if (type === 'input_audio') {
    const audio = part['input_audio'];
    return media('audio', { data: field(audio, 'data'), mimeType: mimeOf('audio', field(audio, 'format')) });
  }
  if (type !== 'file' && type !== 'input_file') return undefined;
  const file = type === 'file' ? part['file'] : part;
  const data = stringOf(field(file, 'file_data'));
  return media('document', {
    url: data?.startsWith('data:') ? data : stringOf(field(file, 'file_url')),
    data,
    fileId: stringOf(field(file, 'file_id')),
  });
}

function anthropic(part: Record<string, unknown>): Media | undefined {
  const { type, source } = part;
  if (type === 'container_upload') return media('document', { fileId: stringOf(part['file_id']) });
  if (type !== 'image' && type !== 'document') return undefined;
  switch (field(source, 'type')) {
    case 'base64':
      return media(type, { data: field(source, 'data'), mimeType: stringOf(field(source, 'media_type')) });
    case 'url':
      return media(type, { url: stringOf(field(source, 'url')) });
    case 'file':
      return media(type, { fileId: stringOf(field(source, 'file_id')) });
    default:
      return undefined;
  }
}

function gemini(part: Record<string, unknown>): Media | undefined {
  const inline = part['inlineData'] ?? part['inline_data'];
  const file = part['fileData'] ?? part['file_data'];
  if (!isObject(inline) && !isObject(file)) return undefined;
  const mimeType = stringOf(field(inline ?? file, 'mimeType') ?? field(inline ?? file, 'mime_type'));
  const url = stringOf(field(file, 'fileUri') ?? field(file, 'file_uri'));
  return media(modalityOf(mimeType), { mimeType, url, data: field(inline, 'data') });
}

/** One member says what it is; its bytes are binary in the SDK and base64 on the wire. */
function bedrock(part: Record<string, unknown>): Media | undefined {
  for (const modality of ['image', 'document', 'video', 'audio'] as const) {
    const block = part[modality];
    const source = field(block, 'source');
    const url = stringOf(field(field(source, 's3Location'), 'uri'));
    const data = field(source, 'bytes');
    if (url !== undefined || data !== undefined)
      return media(modality, { url, data, mimeType: mimeOf(modality, field(block, 'format')) });
  }
  return undefined;
}

interface Found {
  readonly url?: string | undefined;
  readonly data?: unknown;
  readonly mimeType?: string | undefined;
  readonly fileId?: string | undefined;
}

const DATA_URL = /^data:([^;,]*)(?:;[^,]*)?;base64,/;

function media(modality: Modality, { url, data, mimeType, fileId }: Found): Media {
  const inline = url === undefined ? null : DATA_URL.exec(url);
  const base64 = inline === null ? toBase64(data) : (url as string).slice(inline[0].length);
  return defined<Media>({
    modality,
    mimeType: mimeType ?? (inline?.[1] || undefined),
    data: base64,
    uri: inline === null && base64 === undefined ? url : undefined,
    fileId: base64 === undefined ? fileId : undefined,
  });
}

const BASE64 = /^[\w+/-]+={0,2}$/;

function toBase64(data: unknown): string | undefined {
  if (data instanceof Uint8Array) return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
  // The note that a snapshot holds in place of binary data is a string, too.
  return typeof data === 'string' && BASE64.test(data) ? data : undefined;
}

function modalityOf(mimeType: string | undefined): Modality {
  const [kind] = mimeType?.split('/') ?? [];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : 'document';
}

const MIME_TYPES: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  mp3: 'audio/mpeg',
  pdf: 'application/pdf',
  csv: 'text/csv',
  html: 'text/html',
  txt: 'text/plain',
  md: 'text/markdown',
  doc: 'application/msword',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xls: 'application/vnd.ms-excel',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  mov: 'video/quicktime',
  mkv: 'video/x-matroska',
  three_gp: 'video/3gpp',
};

function mimeOf(modality: Modality, format: Json | undefined): string | undefined {
  if (typeof format !== 'string') return undefined;
  if (Object.hasOwn(MIME_TYPES, format)) return MIME_TYPES[format];
  return modality === 'document' ? undefined : `${modality}/${format}`;
}
