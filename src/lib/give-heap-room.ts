/** Fewer collections in a process that measures: the heap may grow to four times what lived after the last one before the next one begins. */
import { setFlagsFromString } from 'node:v8';

/**
 * V8 lets a heap of 40 MB grow by some 15 MB. A study passes three times as much through it (tensors, messages, pictures), so the collector ran
 * two or three times while one was read and measured, for 5 to 15 ms each and beside the networks (docs/decisions/0017). Four times 40 MB is little beside
 * the volume itself.
 */
const GROWING_PERCENT = 300;

export function giveHeapRoom(): void {
  setFlagsFromString(`--heap-growing-percent=${GROWING_PERCENT}`);
}
