// What the page of a data export says beside the data: all that Article 15(1) and (2) of the GDPR asks for.

import type { InEveryLanguage } from '../../../lib/locale.js';

export interface ExportWords {
  readonly title: string;
  readonly contents: string;
  readonly intro: (day: string) => string;
  readonly files: string;
  readonly formulas: string;
  readonly nothing: string;
  /** Of rows that have nothing to show but their number. */
  readonly number: (count: string) => string;
  readonly firstOf: (shown: string, all: string, file: string) => string;
  readonly why: string;
  readonly howLong: string;
  readonly leftOut: string;
  readonly yes: string;
  readonly no: string;
  readonly recipients: string;
  readonly recipientsIntro: string;
  readonly transfers: string;
  readonly noTransfers: string;
  readonly transfer: (names: string, country: string) => string;
  readonly rights: string;
  readonly rightsText: string;
  readonly complaint: (authority: string, link: string) => string;
  readonly controller: string;
  readonly controllerText: (address: string | null, contact: string, dpo: string) => string;
  readonly origin: string;
  readonly originText: string;
  readonly machines: string;
  readonly machinesText: string;
  readonly notHere: string;
  readonly notHereText: readonly string[];
}

export const EXPORT_WORDS: InEveryLanguage<ExportWords> = {
  en: {
    title: 'Your data at CyberSapceVPN',
    contents: 'Contents',
    intro: (day) =>
      `This is what we keep about you, as of ${day}: all of it, but for what is named here with the reason why it is left out.`,
    files:
      'The same is in the folder data as JSON for programs, described in schemas, and in the folder tables as CSV for spreadsheets. manifest.json has checksums of all files.',
    formulas:
      'In the tables, a text that a spreadsheet would take for a formula has an apostrophe before it. In the JSON it stands as it was written.',
    nothing: 'Nothing.',
    number: (count) => `There are ${count}.`,
    firstOf: (shown, all, file) => `These are the first ${shown} of ${all}; all of them are in ${file}.`,
    why: 'What for',
    howLong: 'For how long',
    leftOut: 'Left out',
    yes: 'yes',
    no: 'no',
    recipients: 'Who may have got data of yours',
    recipientsIntro: 'Only these, as far as you use or have agreed to what they do:',
    transfers: 'Data outside the European Economic Area',
    noTransfers: 'Our register of processors names none of them outside the European Economic Area.',
    transfer: (names, country) =>
      `${names}: in ${country}. Safeguard: the standard contractual clauses of the European Commission (Decision (EU) 2021/914; GDPR, Article 46(2)(c)). Our data protection specialist gives you a copy.`,
    rights: 'Your rights',
    rightsText:
      'You can ask us to correct or to delete data, to restrict its use, and to hand it over in a portable format. You can object to its use, and withdraw any consent at any time; what was done before stays lawful.',
    complaint: (authority, link) =>
      `You can complain to a supervisory authority, above all to that of your country: ${authority} (${link}).`,
    controller: 'Who answers for your data',
    controllerText: (address, contact, dpo) =>
      `${address ?? 'CyberSapceVPN'}; ${contact}. Our data protection specialist: ${dpo}.`,
    origin: 'Where the data comes from',
    originText:
      'From you, and from your use of our services. What waits for a confirmation may have been entered by somebody else.',
    machines: 'Decisions by machines',
    machinesText: 'Nothing is decided about you by a machine alone, and no profile is made of you.',
    notHere: 'What is not in here',
    notHereText: [
      'This data export itself, which is deleted after seven days.',
      'Counters against guessing and marks of codes that were used: they are kept for a day at most, under digests whose key only the memory of our servers has, so that we cannot find yours.',
      'Marks of messages from registered agents, which name nobody.',
      'Numbers in which nobody can be recognised, such as how many people used a location on a day.',
    ],
  },
  de: {
    title: 'Ihre Daten bei CyberSapceVPN',
    contents: 'Inhalt',
    intro: (day) =>
      `Dies ist, was wir am ${day} über Sie aufbewahren: alles, bis auf das, was hier mit dem Grund genannt ist, aus dem es fehlt.`,
    files:
      'Dasselbe liegt im Ordner data als JSON für Programme, beschrieben in schemas, und im Ordner tables als CSV für Tabellenprogramme. manifest.json enthält Prüfsummen aller Dateien.',
    formulas:
      'In den Tabellen steht vor einem Text, den ein Tabellenprogramm für eine Formel hielte, ein Apostroph. Im JSON steht er, wie er geschrieben wurde.',
    nothing: 'Nichts.',
    number: (count) => `Es gibt ${count}.`,
    firstOf: (shown, all, file) => `Dies sind die ersten ${shown} von ${all}; alle stehen in ${file}.`,
    why: 'Wofür',
    howLong: 'Wie lange',
    leftOut: 'Nicht enthalten',
    yes: 'ja',
    no: 'nein',
    recipients: 'Wer Daten von Ihnen erhalten haben kann',
    recipientsIntro: 'Nur diese, soweit Sie nutzen oder erlaubt haben, was sie tun:',
    transfers: 'Daten außerhalb des Europäischen Wirtschaftsraums',
    noTransfers:
      'Unser Verzeichnis der Auftragsverarbeiter nennt keinen von ihnen außerhalb des Europäischen Wirtschaftsraums.',
    transfer: (names, country) =>
      `${names}: in folgendem Land: ${country}. Garantie: die Standardvertragsklauseln der Europäischen Kommission (Beschluss (EU) 2021/914; DSGVO, Artikel 46 Absatz 2 Buchstabe c). Unser Datenschutzbeauftragter gibt Ihnen eine Kopie.`,
    rights: 'Ihre Rechte',
    rightsText:
      'Sie können verlangen, dass wir Daten berichtigen oder löschen, ihre Verarbeitung einschränken und sie in einem übertragbaren Format herausgeben. Sie können der Verarbeitung widersprechen und jede Einwilligung jederzeit widerrufen; was vorher geschah, bleibt rechtmäßig.',
    complaint: (authority, link) =>
      `Sie können sich bei einer Aufsichtsbehörde beschweren, vor allem bei der Ihres Landes: ${authority} (${link}).`,
    controller: 'Wer für Ihre Daten verantwortlich ist',
    controllerText: (address, contact, dpo) =>
      `${address ?? 'CyberSapceVPN'}; ${contact}. Unser Datenschutzbeauftragter: ${dpo}.`,
    origin: 'Woher die Daten kommen',
    originText:
      'Von Ihnen, und aus Ihrer Nutzung unserer Dienste. Was auf eine Bestätigung wartet, kann jemand anderes eingegeben haben.',
    machines: 'Entscheidungen durch Maschinen',
    machinesText:
      'Über Sie wird nichts allein durch eine Maschine entschieden, und es wird kein Profil von Ihnen erstellt.',
    notHere: 'Was hier fehlt',
    notHereText: [
      'Dieses Archiv selbst, das nach sieben Tagen gelöscht wird.',
      'Zähler gegen das Erraten und Merkzeichen benutzter Codes: Sie bleiben höchstens einen Tag, unter Prüfwerten, deren Schlüssel nur der Arbeitsspeicher unserer Server kennt, so dass wir Ihre nicht finden können.',
      'Merkzeichen von Nachrichten eingetragener Vertreter, die niemanden nennen.',
      'Zahlen, in denen niemand zu unterscheiden ist, etwa wie viele Menschen an einem Tag einen Standort nutzten.',
    ],
  },
  es: {
    title: 'Sus datos en CyberSapceVPN',
    contents: 'Contenido',
    intro: (day) =>
      `Esto es lo que guardamos sobre usted a ${day}: todo, salvo lo que aquí se nombra con el motivo por el que falta.`,
    files:
      'Lo mismo está en la carpeta data como JSON para programas, descrito en schemas, y en la carpeta tables como CSV para hojas de cálculo. manifest.json contiene sumas de comprobación de todos los archivos.',
    formulas:
      'En las tablas, un texto que una hoja de cálculo tomaría por una fórmula lleva un apóstrofo delante. En el JSON está como se escribió.',
    nothing: 'Nada.',
    number: (count) => `Hay ${count}.`,
    firstOf: (shown, all, file) => `Estos son los primeros ${shown} de ${all}; todos están en ${file}.`,
    why: 'Para qué',
    howLong: 'Cuánto tiempo',
    leftOut: 'No incluido',
    yes: 'sí',
    no: 'no',
    recipients: 'Quién puede haber recibido datos suyos',
    recipientsIntro: 'Solo estos, en la medida en que usted usa o ha aceptado lo que hacen:',
    transfers: 'Datos fuera del Espacio Económico Europeo',
    noTransfers:
      'Nuestro registro de encargados del tratamiento no nombra a ninguno fuera del Espacio Económico Europeo.',
    transfer: (names, country) =>
      `${names}: en el siguiente país: ${country}. Garantía: las cláusulas contractuales tipo de la Comisión Europea (Decisión (UE) 2021/914; RGPD, artículo 46, apartado 2, letra c). Nuestro delegado de protección de datos le da una copia.`,
    rights: 'Sus derechos',
    rightsText:
      'Puede pedirnos que rectifiquemos o borremos datos, que limitemos su tratamiento y que los entreguemos en un formato portable. Puede oponerse a su tratamiento y retirar cualquier consentimiento en todo momento; lo hecho antes sigue siendo lícito.',
    complaint: (authority, link) =>
      `Puede presentar una reclamación ante una autoridad de control, sobre todo la de su país: ${authority} (${link}).`,
    controller: 'Quién responde de sus datos',
    controllerText: (address, contact, dpo) =>
      `${address ?? 'CyberSapceVPN'}; ${contact}. Nuestro delegado de protección de datos: ${dpo}.`,
    origin: 'De dónde vienen los datos',
    originText:
      'De usted y de su uso de nuestros servicios. Lo que espera una confirmación puede haberlo introducido otra persona.',
    machines: 'Decisiones de máquinas',
    machinesText: 'Nada se decide sobre usted solo por una máquina, y no se elabora ningún perfil suyo.',
    notHere: 'Lo que falta aquí',
    notHereText: [
      'Este archivo mismo, que se borra a los siete días.',
      'Contadores contra intentos de adivinar y marcas de códigos usados: se guardan como máximo un día, bajo resúmenes cuya clave solo conoce la memoria de nuestros servidores, de modo que no podemos encontrar los suyos.',
      'Marcas de mensajes de representantes registrados, que no nombran a nadie.',
      'Números en los que no se distingue a nadie, como cuántas personas usaron una ubicación en un día.',
    ],
  },
};
