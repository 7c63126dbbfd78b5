/** How a field for a file looks: its own button like the others. */
export const FILE_INPUT =
  'w-full min-w-0 text-sm file:mr-3 file:min-h-9 file:cursor-pointer file:rounded-md file:border file:border-solid file:border-control file:bg-surface file:px-3.5 file:text-sm file:font-medium file:text-ink hover:file:bg-sunken';
