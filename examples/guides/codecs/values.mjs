// SPDX-License-Identifier: Apache-2.0
import { JsonPassthrough, flow } from '@flow/register/api';

class Money {
  constructor(cents) {
    this.cents = cents;
  }

  get euros() {
    return this.cents / 100;
  }
}
const money = { toJson: ({ cents }) => ({ cents }), fromJson: ({ cents }) => new Money(cents) };

flow.tool.addRequestIntercept('cap', (call) => ({ cents: Math.min(call.args.cents, 1000) }));
flow.addSubscriber('print', ({ scope_category, data }) => console.log(scope_category, data));

// Middleware and events see JSON, the function and the caller see values.
const options = { name: 'pay', args: new Money(5000), valueCodecs: { args: money, result: JsonPassthrough } };
const receipt = await flow.tool.execute(options, async (amount) => ({ paid: amount.euros }));
console.log(receipt);
