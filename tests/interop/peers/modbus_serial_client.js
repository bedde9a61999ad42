// npm modbus-serial as a client: modbus_serial_client.js tcp HOST PORT | rtu PATH BAUD
const readline = require("readline");
const ModbusRTU = require("modbus-serial");

const [kind, place, number] = process.argv.slice(2);
const client = new ModbusRTU();

function values(found) {
    return ["values", ...found.map(Number)].join(" ");
}

async function ask(f, a) {
    switch (f) {
    case 1: return values((await client.readCoils(a[0], a[1])).data.slice(0, a[1]));
    case 2: return values((await client.readDiscreteInputs(a[0], a[1])).data.slice(0, a[1]));
    case 3: return values((await client.readHoldingRegisters(a[0], a[1])).data);
    case 4: return values((await client.readInputRegisters(a[0], a[1])).data);
    case 5: await client.writeCoil(a[0], a[1] === 1); return "done";
    case 6: await client.writeRegister(a[0], a[1]); return "done";
    case 15: await client.writeCoils(a[0], a.slice(1).map(Boolean)); return "done";
    case 16: await client.writeRegisters(a[0], a.slice(1)); return "done";
    case 17: await client.reportServerID(0, 0); return "done";
    case 22: await client.maskWriteRegister(a[0], a[1], a[2]); return "done";
    case 23: {
        const sent = a.slice(3);
        return values((await client.readWriteRegisters(a[0], a[1], a[2], sent.length, sent)).data);
    }
    case 43: {
        const found = (await client.readDeviceIdentification(a[0], a[1])).data;
        return ["objects", ...Object.entries(found).map(([k, v]) => `${k}:${v}`)].join(" ");
    }
    default: return "lacks";
    }
}

async function main() {
    if (kind === "tcp") await client.connectTCP(place, { port: Number(number) });
    else await client.connectRTUBuffered(place, { baudRate: Number(number) });
    client.setTimeout(1000);
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const [unit, f, ...a] = line.trim().split(/\s+/).map(Number);
        client.setID(unit);
        let said;
        try {
            said = await ask(f, a);
        } catch (error) {
            if (error.modbusCode) said = `exception ${error.modbusCode}`;
            else if (error.name === "TransactionTimedOutError") said = "silent";
            else said = `error ${error.name}: ${error.message}`;
        }
        process.stdout.write(`${said}\n`);
    }
    process.exit(0);
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
