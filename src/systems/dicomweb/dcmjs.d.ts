/** The part of dcmjs that is used here; the package ships no types. */
declare module 'dcmjs' {
  type Dict = Record<string, { vr: string; Value?: unknown[] }>;
  interface Written {
    dict: Dict;
    meta: Dict;
    write(options?: object): ArrayBuffer;
  }
  const dcmjs: {
    data: {
      DicomMessage: { readFile(buffer: ArrayBuffer, options?: object): Written };
      DicomDict: new (meta: Dict) => Written;
      DicomMetaDictionary: {
        denaturalizeDataset(dataset: object): Dict;
        naturalizeDataset(dict: Dict): Record<string, unknown>;
      };
    };
    log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
