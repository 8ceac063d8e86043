/** The invented people of a made year: names that are no ordinary English words, so that a search for them finds them alone. None of them exists. */
import type { Person } from '../samples/people.ts';
import type { Site } from './year-options.ts';

const FAMILY = (
  'Abernathe Achterwold Brackenridge Brannoch Calloway Carrowmore Dalrymplew Dunsinane Ellerbeck Eskdalewood Fairbrothe Farquharn Gillespike Granthamley ' +
  'Haverstocke Hollingshead Ingolstede Jardinelle Kettlewood Kirkbrideley Lathamond Lovelandt Macalisterne Merriweathe Nethercotte Oakhurstley ' +
  'Pemberlane Penhaligone Quillfeathe Ravensworthe Rutherglenn Saltmarche Sandiforthe Thackerlyn Thistlewaite Underwoodley Vandermeere Wetherbyre ' +
  'Winterbourny Yarboroughe Łuczakowski Müllerhofer Østergård Nuñezarra'
).split(' ');
const WOMEN =
  'Adelheid Beatrix Clementina Dorothea Eleanora Felicitas Georgiana Henrietta Isadora Josephina Leonora Marguerite Ottilie Philippa Rosamund'.split(
    ' ',
  );
const MEN =
  'Alistair Bartholomew Cuthbert Desmond Evander Fergus Gwendal Horatio Ignatius Lysander Montague Osbert Peregrine Reginald Thaddeus'.split(' ');
const STREETS = 'Larkspur Rise,Tanner Row,Old Quay Walk,Minster Gate,Harebell Close,Coppice Lane'.split(',');

const pick = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)] as T;

/** A patient number is the person's own at a site; the same number gives the same person. */
export function yearPerson(site: Site, number: number, ageYears: number, day: string, random: () => number): { person: Person; address: string } {
  const sex = random() < 0.58 ? 'female' : 'male';
  const month = 1 + Math.floor(random() * 12);
  const date = 1 + Math.floor(random() * 28);
  const birthday = `${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
  const year = Number(day.slice(0, 4)) - ageYears - (day.slice(5) < birthday ? 1 : 0);
  const person: Person = {
    id: `${site.prefix[0]}${4_000_000 + number}`,
    family: pick(FAMILY, random),
    given: pick(sex === 'female' ? WOMEN : MEN, random),
    birthDate: `${year}-${birthday}`,
    sex,
  };
  return { person, address: `${1 + Math.floor(random() * 190)} ${pick(STREETS, random)}` };
}
