// npm modbus-serial as a server of unit 1: modbus_serial_server.js tcp PORT | rtu PATH BAUD
const readline = require("readline");
const ModbusRTU = require("modbus-serial");

const [kind, place, baud] = process.argv.slice(2);
const tables = { co: [], di: [], hr: [], ir: [] };

function at(name, address) {
    if (address < tables[name].length) return tables[name][address];
    throw Object.assign(new Error("no such address"), { modbusErrorCode: 2 });
}

function put(name, address, value) {
    at(name, address);
    tables[name][address] = Number(value);
}

const vector = {
    getCoil: (address) => Boolean(at("co", address)),
    getDiscreteInput: (address) => Boolean(at("di", address)),
    getHoldingRegister: (address) => at("hr", address),
    getInputRegister: (address) => at("ir", address),
    setCoil: (address, value) => put("co", address, value),
    setRegister: (address, value) => put("hr", address, value),
    readDeviceIdentification: () => ({ 0: "theirs", 1: "P", 2: "3" }),
};

function serve() {
    const server = kind === "tcp"
        ? new ModbusRTU.ServerTCP(vector, { host: "127.0.0.1", port: Number(place), unitID: 1 })
        : new ModbusRTU.ServerSerial(vector, { port: place, baudRate: Number(baud), unitID: 1 });
    server.on("initialized", () => process.stdout.write("ready\n"));
    server.on("socketError", () => {});
    server.on("error", () => {});
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    const [name, ...found] = line.trim().split(/\s+/);
    if (name === "serve") serve();
    else if (name === "dump") {
        process.stdout.write(`co ${tables.co.join(" ")} hr ${tables.hr.join(" ")}\n`);
    } else tables[name].push(...found.map(Number));
}).on("close", () => process.exit(0));
