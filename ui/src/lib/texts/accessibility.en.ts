// English: the accessibility statement.

import type { accessibility as danish } from './accessibility.da';

export const accessibility: typeof danish = {
  title: 'Accessibility',
  lead: 'Everybody must be able to use Certifikatguide: also without a mouse, without seeing the screen and with large text.',
  goalTitle: 'What we aim at',
  goal: 'The aim is the guidelines WCAG 2.1 at level AA and the European standard EN 301 549, chapters 5, 11 and 12. It is an aim that we have set ourselves. Nobody from outside has judged whether it is met, and this is not an official accessibility statement.',
  triedTitle: 'How it is tried',
  tried: [
    'The tool axe-core examines the screens in the real window, in Danish and English, light and dark. It must find no fault.',
    'The whole way from invitation to receipt is gone with the keyboard alone. One must see at all times where one is.',
    'What a screen reader is told on Linux is read: headings, the names of buttons, and that something is said when it happens or goes wrong.',
    'The screens have been looked at in a narrow window, with text twice as large and in high contrast.',
  ],
  unknownTitle: 'What we do not know',
  unknown: [
    'Nobody who depends on assistive technology has tried the program for us yet.',
    'It has not been tried with the voice of a screen reader, with braille or with voice control.',
    'It has not been tried on Windows and macOS. Something may be different there.',
    'The PDF files that you can save have not been tried with a screen reader.',
    'Tools find only some of the faults that a person would find.',
  ],
  keysTitle: 'With the keyboard',
  keys: [
    'Tab moves to the next field or button; with Shift it moves back.',
    'Enter presses a button. Space ticks and chooses.',
    'The arrow keys move between answers that belong together.',
    'Escape closes a question, and nothing has happened.',
  ],
  tellTitle: 'Is there something that you cannot use?',
  tell: 'Tell the portal’s support or your LRA: which screen it was, what you wanted to do, and which assistive technology you use. They can also help you on meanwhile.',
  written: (day) => `Written on ${day}.`,
};
