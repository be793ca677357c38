// SPDX-License-Identifier: Apache-2.0

// The errors that the SDK makes of what Bedrock reports in a stream; Node finds these names for ES modules as well.
class BedrockRuntimeServiceException extends Error {
  constructor({ message, name, ...rest } = {}) {
    super(message);
    Object.assign(this, rest, name && { name });
  }
}
exports.BedrockRuntimeServiceException = BedrockRuntimeServiceException;
exports.InternalServerException = class extends BedrockRuntimeServiceException {};
exports.ModelStreamErrorException = class extends BedrockRuntimeServiceException {};
exports.ModelTimeoutException = class extends BedrockRuntimeServiceException {};
exports.ServiceUnavailableException = class extends BedrockRuntimeServiceException {};
exports.ThrottlingException = class extends BedrockRuntimeServiceException {};
exports.ValidationException = class extends BedrockRuntimeServiceException {};
