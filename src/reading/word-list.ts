/** Tables of words written as running text. */

/** The items of a table of words written as running text, parted by semicolons; line breaks inside an item are spaces. */
export function list(text: string): string[] {
  return text
    .split(';')
    .map((item) => item.trim().replace(/\s+/g, ' '))
    .filter((item) => item !== '');
}
