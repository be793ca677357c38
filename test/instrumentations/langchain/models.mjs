// SPDX-License-Identifier: Apache-2.0

/** Models without an SDK beneath, as applications write them. `log` gets what reaches their own code. */
export function makeModels({ models, messages, outputs }, log = () => {}) {
  const { AIMessage, AIMessageChunk } = messages;
  const { ChatGenerationChunk } = outputs;
  const last = (given) => String(given.at(-1)?.content);
  const usage = { input_tokens: 7, output_tokens: 3, total_tokens: 10 };

  /** Answers as a whole. */
  class Whole extends models.BaseChatModel {
    #secret = 'kept';
    model = 'whole-1';
    calls = 0;
    _llmType() {
      return 'whole';
    }
    bindTools(tools) {
      return this.withConfig({ tools });
    }
    async _generate(given, options) {
      this.calls++;
      log(
        'generate',
        given.map((message) => [message.getType(), message.content]),
        this.#secret,
        options.stop,
      );
      if (last(given) === 'fail') throw new TypeError('the model is broken');
      const asked = given.some((message) => message.getType() === 'tool');
      const tool_calls =
        options.tools && !asked
          ? [{ name: options.tools[0].name, args: { city: 'Oslo' }, id: 'call_1', type: 'tool_call' }]
          : [];
      const message = new AIMessage({
        content: `whole: ${last(given)}`,
        usage_metadata: usage,
        tool_calls,
        response_metadata: { finish_reason: 'stop' },
      });
      return { generations: [{ text: message.content, message }], llmOutput: { own: true } };
    }
  }

  /** One that overrides the above and uses it. */
  class Deeper extends Whole {
    async _generate(given, options, manager) {
      return super._generate(given, options, manager);
    }
  }

  /** Answers in parts, and as a whole by way of its parts. */
  class Parts extends models.BaseChatModel {
    model = 'parts-1';
    left = 0;
    _llmType() {
      return 'parts';
    }
    bindTools(tools) {
      return this.withConfig({ tools });
    }
    async _generate(given, options, manager) {
      let whole;
      for await (const chunk of this._streamResponseChunks(given, options, manager))
        whole = whole?.concat(chunk) ?? chunk;
      const message = new AIMessage({ content: whole.message.content, usage_metadata: whole.message.usage_metadata });
      return { generations: [{ text: whole.text, message }] };
    }
    async *_streamResponseChunks(given, options, manager) {
      log(
        'stream',
        given.map((message) => message.content),
      );
      try {
        for (const text of ['one ', 'two ', last(given)]) {
          if (text === 'fail') throw new RangeError('broken in the middle');
          const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk({ content: text }) });
          yield chunk;
          await manager?.handleLLMNewToken(text, undefined, undefined, undefined, undefined, { chunk });
        }
        yield new ChatGenerationChunk({
          text: '',
          message: new AIMessageChunk({ content: '', usage_metadata: usage }),
          generationInfo: { finish_reason: 'stop' },
        });
      } finally {
        this.left++;
      }
    }
  }

  /** One that has events of its own as well. */
  class Events extends Parts {
    model = 'events-1';
    async *_streamChatModelEvents(given) {
      log(
        'events',
        given.map((message) => message.content),
      );
      yield { event: 'message-start', id: 'm1' };
      yield { event: 'content-block-start', index: 0, content: { type: 'text', text: '' } };
      yield { event: 'content-block-delta', index: 0, delta: { type: 'text-delta', text: 'by event' } };
      yield { event: 'content-block-finish', index: 0, content: { type: 'text', text: 'by event' } };
      yield { event: 'message-finish', reason: 'stop', usage };
    }
  }

  /** A model around another. */
  class Around extends models.BaseChatModel {
    model = 'around-1';
    constructor(inner) {
      super({});
      this.inner = inner;
    }
    _llmType() {
      return 'around';
    }
    async _generate(given) {
      const message = await this.inner.invoke(given);
      return { generations: [{ text: message.text, message }] };
    }
  }

  /** Answers what a script says to the messages. */
  class Scripted extends models.BaseChatModel {
    model = 'scripted-1';
    constructor(script) {
      super({});
      this.script = script;
    }
    _llmType() {
      return 'scripted';
    }
    bindTools(tools) {
      return this.withConfig({ tools });
    }
    async _generate(given) {
      const { content = '', calls = [] } = this.script(given);
      const tool_calls = calls.map(([name, args], index) => ({
        name,
        args,
        id: `call_${given.length}_${index}`,
        type: 'tool_call',
      }));
      const message = new AIMessage({ content, tool_calls, usage_metadata: usage });
      return { generations: [{ text: content, message }] };
    }
  }
  return { Whole, Deeper, Parts, Events, Around, Scripted };
}
