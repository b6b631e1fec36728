/** Errors of the command line. */
import { entry, show } from './entry.ts';

const orNot = (suggestion: string | undefined) => (suggestion ? `; did you mean ${suggestion}?` : '');

export const cliErrors = {
  CLI_ADDON_BROKEN: entry<{ reason: string }>(
    'environment',
    (d) => `the addon was built, but does not run: ${d.reason}`,
    'The library may be of another system or processor: name another with --libtensorflow. Nothing was installed.',
  ),
  CLI_ARGUMENT_MISSING: entry<{ command: string; argument: string }>(
    'usage',
    (d) => `${d.command} needs ${d.argument}`,
    'Add --help to the command to see what it takes, with examples.',
  ),
  CLI_ARGUMENT_UNEXPECTED: entry<{ command: string; value: string }>(
    'usage',
    (d) => `${d.command} does not take the argument ${show(d.value)}`,
    'Quote values that hold spaces; add --help to see what the command takes.',
  ),
  CLI_BENCH_HISTORY_INVALID: entry<{ file: string; line: number; reason: string }>(
    'input',
    (d) => `${d.file}, line ${d.line}: ${d.reason}`,
    'Repair or move the file, name another with --history FILE, or keep none with --history none.',
  ),
  CLI_BENCH_PEER_FAILED: entry<{ peer: string; reason: string }>(
    'computation',
    (d) => `the peer ${show(d.peer)} failed: ${d.reason}`,
    'Run it by hand: it must print {"name": ...}, then answer {"case": ..., "calls": n} with {"ms": [...]}; test/peer has one.',
  ),
  CLI_BENCH_QUESTION_INVALID: entry<{ line: string; reason: string }>(
    'input',
    (d) => `${show(d.line)} is no question to a peer: ${d.reason}`,
    'A question is a line {"case": "matching/resnet18-cifar/32/value", "calls": 5}; leakscope bench --peer COMMAND asks them.',
  ),
  CLI_BENCH_WRONG: entry<{ case: string; error: number; limit: number }>(
    'computation',
    (d) =>
      `${d.case} is off by ${d.error.toExponential(1)} of its reference, more than ${d.limit}: its time means nothing`,
    'Try --executor onnx; if that is wrong too, report it with the output of leakscope doctor.',
  ),
  CLI_COMMAND_UNKNOWN: entry<{ command: string; suggestion?: string | undefined }>(
    'usage',
    (d) => `unknown command ${show(d.command)}${orNot(d.suggestion)}`,
    'leakscope --help lists the commands.',
  ),
  CLI_COMPILER_FAILED: entry<{ compiler: string; reason: string }>(
    'environment',
    (d) => `${d.compiler} cannot build the addon: ${d.reason}`,
    'Set CXX to a C++17 compiler; headers and libraries must be of one TensorFlow release.',
  ),
  CLI_COMPILER_MISSING: entry<{ tried: readonly string[] }>(
    'environment',
    (d) => `no C++ compiler answers: tried ${d.tried.join(', ')}`,
    'Install one (Debian: apt-get install g++; macOS: xcode-select --install), or set CXX to it.',
  ),
  CLI_INTERRUPTED: entry<{ signal: string }>(
    'interrupted',
    (d) => `stopped by ${d.signal} before it was done`,
    'Nothing was written: this command writes its results at the end. Run it again.',
  ),
  CLI_NOTHING_TO_RESUME: entry<{ name: string; folder: string }>(
    'usage',
    (d) => `no unfinished run of ${show(d.name)} under ${d.folder}`,
    'Name the run folder with --out DIR, or leave --resume out to start a new run.',
  ),
  CLI_OPTION_INVALID: entry<{ option: string; value: unknown; reason: string }>(
    'usage',
    (d) => `${d.option} ${show(d.value)}: ${d.reason}`,
    'Add --help to the command to see what each option takes.',
  ),
  CLI_OPTION_UNKNOWN: entry<{ command: string; option: string; suggestion?: string | undefined }>(
    'usage',
    (d) => `${d.command} has no option ${d.option}${orNot(d.suggestion)}`,
    'Add --help to the command to see its options.',
  ),
  CLI_PROCESS_DIED: entry<{ process: string; status: string; log: string }>(
    'computation',
    (d) => `the ${d.process} process ended with ${d.status}; its log is ${d.log}`,
    'The log says why. What was finished is kept: run the command again with --resume.',
  ),
  CLI_REPLICA_UNKNOWN: entry<{ names: readonly string[]; clients: number }>(
    'usage',
    (d) => `this replica is none of the experiment's ${d.clients} clients; its names are ${show(d.names)}`,
    'Scale to as many clients as the experiment has, or name the client with --id.',
  ),
  CLI_RUN_DIFFERS: entry<{ run: string; key: string }>(
    'usage',
    (d) => `${d.run} was begun with another experiment: ${d.key} differs`,
    'Resume with the file and the --set options that the run was begun with, or start a new run in another folder.',
  ),
  CLI_RUN_EXISTS: entry<{ run: string }>(
    'usage',
    (d) => `${d.run} already holds a run`,
    'Add --resume to go on with it, or name another folder with --out.',
  ),
  CLI_TENSORFLOW_INVALID: entry<{ path: string; reason: string }>(
    'input',
    (d) => `${d.path} is no TensorFlow library: ${d.reason}`,
    'Name a Python wheel (pip download --no-deps tensorflow-cpu), its installed folder, or a folder or archive of libtensorflow.',
  ),
  CLI_TENSORFLOW_MISSING: entry<{ reason: string }>(
    'network',
    (d) => `no TensorFlow library was found here, and none can be fetched: ${d.reason}`,
    'Fetch one elsewhere, such as a wheel (pip download --no-deps tensorflow-cpu), and name it with --libtensorflow PATH.',
  ),
  CLI_TOKEN_MISSING: entry<{ command: string }>(
    'usage',
    (d) => `${d.command} has no token`,
    'Set LEAKSCOPE_TOKEN in the environment of the server and of every client to the same secret, or server.token in the experiment.',
  ),
};
